//! GUILD_CREATEs of chosen sizes.

use gloaming_bench::Result;
use gloaming_test_support::Random;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::recorded::Dispatch;

const KIB: usize = 1024;

/// How large guilds are, as texts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sizes {
    /// From 10 KiB to 1 MiB: as many from 10 to 20 KiB as from 512 KiB to 1 MiB.
    UpToOneMib,
    OneMib,
}

impl Sizes {
    fn next(self, random: &mut Random) -> usize {
        match self {
            Self::UpToOneMib => {
                let part = random.below(1_000_u64) as f64 / 1_000.0;
                (10.0 * KIB as f64 * 102.4_f64.powf(part)) as usize
            }
            Self::OneMib => KIB * KIB,
        }
    }
}

/// What a list of members has of one, and the list of presences of the same.
struct Person {
    member: String,
    presence: Option<String>,
}

/// The lists of people in the data of a GUILD_CREATE.
#[derive(Deserialize)]
struct Lists<'a> {
    #[serde(borrow)]
    members: Vec<&'a RawValue>,
    #[serde(borrow)]
    presences: Vec<&'a RawValue>,
}

/// Each of the guilds, with as many people of all of them as its size needs.
pub(crate) fn of_sizes(sizes: Sizes, guilds: &[Dispatch], seed: u64) -> Result<Vec<Dispatch>> {
    let mut people = Vec::new();
    for guild in guilds {
        people.extend(people_of(&guild.data)?);
    }
    let mut random = Random::new(seed);
    let grown = guilds.iter().map(|guild| {
        let size = sizes.next(&mut random);
        let first = random.below(people.len() as u64) as usize;
        let data = resized(&guild.data, size, people[first..].iter().chain(&people))?;
        let name = guild.name.clone();
        Ok(Dispatch { name, data })
    });
    grown.collect()
}

fn people_of(guild: &str) -> Result<Vec<Person>> {
    fn id(person: &RawValue) -> Result<String> {
        let person: Value = serde_json::from_str(person.get())?;
        Ok(person["user"]["id"].as_str().unwrap_or_default().to_owned())
    }

    let lists: Lists<'_> = serde_json::from_str(guild)?;
    let mut presences = std::collections::HashMap::new();
    for presence in lists.presences {
        presences.insert(id(presence)?, presence.get());
    }
    let people = lists.members.into_iter().map(|member| {
        let presence = presences.get(&id(member)?);
        Ok(Person {
            member: member.get().to_owned(),
            presence: presence.map(|presence| (*presence).to_owned()),
        })
    });
    people.collect()
}

/// The guild without its people, and with the first of these that make it as large as `size`.
fn resized<'a>(
    guild: &str,
    size: usize,
    people: impl Iterator<Item = &'a Person>,
) -> Result<String> {
    let mut guild: Value = serde_json::from_str(guild)?;
    for list in ["members", "presences"] {
        guild[list] = Value::Array(Vec::new());
    }
    let mut missing = size.saturating_sub(guild.to_string().len());
    let (mut members, mut presences) = (Vec::new(), Vec::new());
    let mut count = 0_u64;
    for person in people {
        if missing == 0 {
            break;
        }
        count += 1;
        members.push(&*person.member);
        presences.extend(person.presence.as_deref());
        let length = person.member.len() + person.presence.as_ref().map_or(0, String::len);
        missing = missing.saturating_sub(length + 2);
    }
    if missing > 0 {
        return Err("the emulator's guilds have too few members".into());
    }
    guild["member_count"] = count.into();
    let text = guild.to_string();
    let with = |text: String, list: &str, items: Vec<&str>| {
        text.replacen(
            &format!("\"{list}\":[]"),
            &format!("\"{list}\":[{}]", items.join(",")),
            1,
        )
    };
    Ok(with(with(text, "members", members), "presences", presences))
}
