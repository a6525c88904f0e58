//! Bar charts in SVG, which follow the reader's light or dark theme.

use std::fmt::Write as _;

use crate::figures::Figures;

const WIDTH: f64 = 760.0;
const LABELS: f64 = 250.0;
const VALUES: f64 = 90.0;
const BAR: f64 = 12.0;
const GROUP: f64 = 40.0;
const TOP: f64 = 56.0;

const STYLE: &str = "\
<style>text{font:13px system-ui,sans-serif;fill:#24292f}.v{font-size:11px}.t{font-size:15px;font-weight:600}\
.g{fill:#5b5bd6}.r{fill:#b0b4ba}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.g{fill:#8b8bf5}.r{fill:#5f656d}}\
</style>";

/// Two bars.
struct Pair<'a> {
    name: &'a str,
    reference: f64,
    gloaming: f64,
}

/// What an event costs: instructions if they were counted, CPU time otherwise.
pub(crate) fn receiving(figures: &Figures) -> String {
    let counted = figures
        .rows
        .iter()
        .all(|row| row.instructions_ratio().is_some());
    let pairs = figures.rows.iter().filter_map(|row| {
        let (reference, gloaming) = if counted {
            (
                row.reference.counts?.instructions,
                row.gloaming.counts?.instructions,
            )
        } else {
            (row.reference.cpu_ns?.median, row.gloaming.cpu_ns?.median)
        };
        Some(Pair {
            name: row.row,
            reference,
            gloaming,
        })
    });
    let title = if counted {
        "Instructions per event"
    } else {
        "Nanoseconds of CPU per event"
    };
    bars(title, &pairs.collect::<Vec<_>>())
}

/// What a shard holds.
pub(crate) fn memory(figures: &Figures) -> String {
    let pairs = figures.memory.iter().map(|row| Pair {
        name: row.row,
        reference: row.reference_kib,
        gloaming: row.gloaming_kib,
    });
    bars("KiB of memory per shard", &pairs.collect::<Vec<_>>())
}

fn bars(title: &str, pairs: &[Pair<'_>]) -> String {
    let height = TOP + GROUP * pairs.len() as f64;
    let largest = pairs
        .iter()
        .flat_map(|pair| [pair.reference, pair.gloaming])
        .fold(1.0, f64::max);
    let scale = (WIDTH - LABELS - VALUES) / largest;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{title}\">{STYLE}\n<text class=\"t\" x=\"8\" y=\"22\">{title}</text>\n"
    );
    for (x, class, name) in [
        (LABELS, "g", "gloaming"),
        (LABELS + 110.0, "r", "twilight-gateway"),
    ] {
        _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"32\" width=\"12\" height=\"12\"/>\
             <text class=\"v\" x=\"{}\" y=\"42\">{name}</text>",
            x + 18.0
        );
    }
    for (index, pair) in pairs.iter().enumerate() {
        let y = TOP + GROUP * index as f64;
        _ = writeln!(svg, "<text x=\"8\" y=\"{}\">{}</text>", y + 18.0, pair.name);
        for (y, class, value) in [
            (y + 4.0, "g", pair.gloaming),
            (y + 5.0 + BAR, "r", pair.reference),
        ] {
            let width = value * scale;
            _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{LABELS}\" y=\"{y}\" width=\"{width:.1}\" height=\"{BAR}\"/>\
                 <text class=\"v\" x=\"{:.1}\" y=\"{:.1}\">{value:.0}</text>",
                LABELS + width + 6.0,
                y + 10.0
            );
        }
    }
    svg + "</svg>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_bar_fills_the_space() {
        let pairs = [Pair {
            name: "row",
            reference: 200.0,
            gloaming: 100.0,
        }];
        let svg = bars("title", &pairs);
        let (full, half) = (WIDTH - LABELS - VALUES, (WIDTH - LABELS - VALUES) / 2.0);
        assert!(svg.contains(&format!("width=\"{full:.1}\"")), "{svg}");
        assert!(svg.contains(&format!("width=\"{half:.1}\"")), "{svg}");
    }
}
