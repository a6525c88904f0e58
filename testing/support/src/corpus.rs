//! Corpora of fuzz targets: many small named inputs in one file.
//!
//! The file begins with the line `gloaming-corpus 1`. Each entry is a line with the name and the length
//! in bytes, separated by one space, then that many bytes, then a line feed. The entries are sorted by
//! name:
//!
//! ```text
//! gloaming-corpus 1
//! seed-000 8
//! {"op":1}
//! seed-001 0
//!
//! ```

use std::{
    collections::BTreeMap,
    error::Error,
    fmt::{self, Display, Formatter},
    fs, io,
    path::{Path, PathBuf},
};

const HEADER: &[u8] = b"gloaming-corpus 1\n";

/// The named inputs of a fuzz target.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Corpus {
    entries: BTreeMap<String, Vec<u8>>,
}

/// The result of [`Corpus::add`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Added {
    /// The corpus has a new entry.
    New,
    /// The named entry has the same bytes, so the corpus is unchanged.
    Duplicate(String),
}

/// The reason why bytes are not a corpus, or a name can't be used in one.
#[derive(Debug, Eq, PartialEq)]
pub enum CorpusError {
    /// The bytes do not begin with the header.
    Header,
    /// The entry that begins at this byte is damaged.
    Entry(usize),
    /// The name is in use, is empty, or could not be the name of a file.
    Name(String),
}

impl Corpus {
    /// Reads a corpus from the bytes of its file.
    ///
    /// # Errors
    ///
    /// Returns an error if the bytes are damaged: if the header is missing, an entry is cut short, or
    /// the names are not sorted, not unique, or not usable as file names.
    pub fn parse(bytes: &[u8]) -> Result<Self, CorpusError> {
        let mut rest = bytes.strip_prefix(HEADER).ok_or(CorpusError::Header)?;
        let mut entries = BTreeMap::new();
        while !rest.is_empty() {
            let damaged = CorpusError::Entry(bytes.len() - rest.len());
            let Some((name, input, after)) = split_entry(rest) else {
                return Err(damaged);
            };
            check_name(name)?;
            if entries
                .last_key_value()
                .is_some_and(|(last, _): (&String, _)| last.as_str() >= name)
            {
                return Err(damaged);
            }
            entries.insert(name.to_owned(), input.to_vec());
            rest = after;
        }
        Ok(Self { entries })
    }

    /// Returns the bytes of the corpus's file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = HEADER.to_vec();
        for (name, input) in self.iter() {
            bytes.extend(format!("{name} {}\n", input.len()).into_bytes());
            bytes.extend(input);
            bytes.push(b'\n');
        }
        bytes
    }

    /// Reads the corpus in the file `path`.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file if it can't be read or is damaged.
    pub fn read(path: &Path) -> io::Result<Self> {
        let bytes = fs::read(path).map_err(|error| at(path, error.kind(), &error))?;
        Self::parse(&bytes).map_err(|error| at(path, io::ErrorKind::InvalidData, &error))
    }

    /// Writes the corpus to the file `path`.
    ///
    /// # Errors
    ///
    /// Returns an error that names the file if it can't be written.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, self.to_bytes()).map_err(|error| at(path, error.kind(), &error))
    }

    /// Reads every file of `folder`; their names become the names of the entries.
    ///
    /// # Errors
    ///
    /// Returns an error if a file can't be read, or if its name can't be used.
    pub fn pack(folder: &Path) -> io::Result<Self> {
        let mut entries = BTreeMap::new();
        for file in fs::read_dir(folder)? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            check_name(&name).map_err(|error| at(folder, io::ErrorKind::InvalidData, &error))?;
            entries.insert(name, fs::read(file.path())?);
        }
        Ok(Self { entries })
    }

    /// Writes every entry to a file of its own in `folder`, which is made anew.
    ///
    /// # Errors
    ///
    /// Returns an error if the folder can't be emptied or a file can't be written.
    pub fn unpack(&self, folder: &Path) -> io::Result<()> {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir_all(folder)?,
        }
        for (name, input) in self.iter() {
            fs::write(folder.join(name), input)?;
        }
        Ok(())
    }

    /// Adds `input` under `name`, unless an entry has the same bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the name can't be used or belongs to an entry with other bytes.
    pub fn add(&mut self, name: &str, input: Vec<u8>) -> Result<Added, CorpusError> {
        check_name(name)?;
        if let Some((known, _)) = self.iter().find(|(_, known)| *known == input) {
            return Ok(Added::Duplicate(known.to_owned()));
        }
        if self.entries.contains_key(name) {
            return Err(CorpusError::Name(name.to_owned()));
        }
        self.entries.insert(name.to_owned(), input);
        Ok(Added::New)
    }

    /// Removes every entry whose name begins with `prefix`.
    pub fn remove(&mut self, prefix: &str) {
        self.entries.retain(|name, _| !name.starts_with(prefix));
    }

    /// Returns the entries with their names, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries
            .iter()
            .map(|(name, input)| (name.as_str(), input.as_slice()))
    }

    /// Returns true if there is an entry of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns true if there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Display for CorpusError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("the file does not begin with `gloaming-corpus 1`"),
            Self::Entry(offset) => {
                write!(f, "the entry at byte {offset} is damaged or not in order")
            }
            Self::Name(name) => write!(f, "`{name}` can't be the name of a new entry"),
        }
    }
}

impl Error for CorpusError {}

/// Splits off the first entry: its name, its input and what follows.
fn split_entry(bytes: &[u8]) -> Option<(&str, &[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (name, length) = str::from_utf8(&bytes[..end]).ok()?.split_once(' ')?;
    let length = length.parse::<usize>().ok()?;
    let (input, rest) = bytes[end + 1..].split_at_checked(length)?;
    Some((name, input, rest.strip_prefix(b"\n")?))
}

/// A name becomes the name of a file, so it must not lead out of its folder.
fn check_name(name: &str) -> Result<(), CorpusError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if !name.is_empty() && !name.starts_with('.') && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(CorpusError::Name(name.to_owned()))
    }
}

fn at(path: &Path, kind: io::ErrorKind, error: &dyn Error) -> io::Error {
    io::Error::new(kind, format!("{}: {error}", PathBuf::from(path).display()))
}

#[cfg(test)]
mod tests {
    use super::{Added, Corpus, CorpusError};
    use std::{env, fs, process};

    fn corpus() -> Corpus {
        let mut corpus = Corpus::default();
        for (name, input) in [
            ("seed-001", &b"b 2\nxx\n"[..]),
            ("seed-000", b""),
            ("crash-1f", &[0, 255, b'\r', b'\n']),
        ] {
            assert_eq!(corpus.add(name, input.to_vec()), Ok(Added::New));
        }
        corpus
    }

    #[test]
    fn parsing_returns_what_was_written() {
        let bytes = corpus().to_bytes();
        assert_eq!(Corpus::parse(&bytes), Ok(corpus()));
        let expected =
            b"gloaming-corpus 1\ncrash-1f 4\n\0\xff\r\n\nseed-000 0\n\nseed-001 7\nb 2\nxx\n\n";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn cut_file_is_an_error() {
        let bytes = corpus().to_bytes();
        let whole = |end: &usize| Corpus::parse(&bytes[..*end]).is_ok();
        // The header alone, and the header with one, two or three entries.
        let ends = Vec::from_iter((0..=bytes.len()).filter(whole));
        assert_eq!(ends.len(), 4, "{ends:?}");
    }

    #[test]
    fn damaged_entry_is_named_by_its_offset() {
        let wrong = [
            "a\n\n",
            "a x\n\n",
            "a -1\n\n",
            "a 1\n\n",
            "a 99999999999999999999\n",
            "a 0\n\na 0\n\n",
            "b 0\n\na 0\n\n",
        ];
        for entries in wrong {
            let bytes = ["gloaming-corpus 1\n", entries].concat();
            let error = Corpus::parse(bytes.as_bytes()).expect_err(entries);
            assert!(
                matches!(error, CorpusError::Entry(18 | 23)),
                "{entries}: {error}"
            );
        }
        assert_eq!(Corpus::parse(b"corpus"), Err(CorpusError::Header));
    }

    #[test]
    fn name_that_leaves_the_folder_is_refused() {
        for name in ["", ".", "..", "../a", "a/b", "a\\b", "C:", "a\nb"] {
            let refused = Err(CorpusError::Name(name.to_owned()));
            assert_eq!(Corpus::default().add(name, Vec::new()), refused);
        }
        let bytes = b"gloaming-corpus 1\n../a 0\n\n";
        assert_eq!(Corpus::parse(bytes), Err(CorpusError::Name("../a".into())));
    }

    #[test]
    fn input_is_added_once() {
        let mut corpus = corpus();
        let added = corpus.add("another", Vec::new());
        assert_eq!(added, Ok(Added::Duplicate("seed-000".into())));
        let taken = corpus.add("seed-000", vec![1]);
        assert_eq!(taken, Err(CorpusError::Name("seed-000".into())));
        corpus.remove("seed-");
        assert_eq!(
            Vec::from_iter(corpus.iter().map(|(name, _)| name)),
            ["crash-1f"]
        );
    }

    #[test]
    fn folder_is_unpacked_and_packed() {
        let folder = env::temp_dir().join(format!("gloaming-corpus-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("stale"), "").unwrap();
        corpus().unpack(&folder).unwrap();
        let packed = Corpus::pack(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(packed, corpus());
    }
}
