//! Times in the format of Discord, and the times of snowflakes.

/// 2015-01-01T00:00:00Z in Unix milliseconds: the epoch of snowflakes.
const DISCORD_EPOCH_MS: u64 = 1_420_070_400_000;

const DAY_MS: u64 = 86_400_000;

/// A time in the generated world, in milliseconds since Discord's epoch.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Moment(u64);

impl Moment {
    /// The time of the first generated event: 2026-01-01T00:00:00Z.
    pub(crate) const START: Self = Self(1_767_225_600_000 - DISCORD_EPOCH_MS);

    /// `ms` milliseconds after Discord's epoch.
    pub(crate) const fn from_discord_ms(ms: u64) -> Self {
        Self(ms)
    }

    /// The time in a snowflake.
    pub(crate) const fn of_id(id: u64) -> Self {
        Self(id >> 22)
    }

    /// The time `ms` milliseconds later.
    pub(crate) const fn plus_ms(self, ms: u64) -> Self {
        Self(self.0 + ms)
    }

    /// A snowflake of this time. `low` distinguishes those of the same millisecond.
    pub(crate) const fn snowflake(self, low: u64) -> u64 {
        (self.0 << 22) | (low & 0x3f_ffff)
    }

    /// Milliseconds since the Unix epoch.
    pub(crate) const fn unix_ms(self) -> u64 {
        self.0 + DISCORD_EPOCH_MS
    }

    /// Seconds since the Unix epoch.
    pub(crate) const fn unix_seconds(self) -> u64 {
        self.unix_ms() / 1000
    }

    /// ISO 8601, for example `2026-01-01T00:00:00.123000+00:00`. As Discord writes it, whole seconds have no fraction:
    /// `2026-01-01T00:00:00+00:00`.
    pub(crate) fn iso8601(self) -> String {
        let ms = self.unix_ms();
        let (year, month, day) = civil_from_days(ms / DAY_MS);
        let in_day = ms % DAY_MS;
        let fraction = match in_day % 1000 {
            0 => String::new(),
            ms => format!(".{ms:03}000"),
        };
        format!(
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}+00:00",
            in_day / 3_600_000,
            in_day / 60_000 % 60,
            in_day / 1000 % 60,
        )
    }
}

/// The year, month and day of the day `days` days after 1970-01-01 (Howard Hinnant's algorithm).
const fn civil_from_days(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn documented_snowflake_is_converted() {
        // The example of Discord's reference: 175928847299117063 was created at 2016-04-30 11:18:25.796 UTC.
        let moment = Moment::of_id(175_928_847_299_117_063);
        assert_eq!(moment.unix_ms(), 1_462_015_105_796);
        assert_eq!(moment.iso8601(), "2016-04-30T11:18:25.796000+00:00");
        assert_eq!(moment.snowflake(7 | 1 << 17), 175_928_847_299_117_063);
    }

    #[test]
    fn times_are_formatted() {
        assert_eq!(Moment::START.iso8601(), "2026-01-01T00:00:00+00:00");
        assert_eq!(
            Moment::START.plus_ms(59 * 86_400_000).iso8601(),
            "2026-03-01T00:00:00+00:00"
        );
        assert_eq!(
            Moment::START.plus_ms(50).iso8601(),
            "2026-01-01T00:00:00.050000+00:00"
        );
    }
}
