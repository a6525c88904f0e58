//! Paths of values, for errors and reports: `members[3].user.id`.

/// Appends a member to a path. A name that is not made of letters, digits and underscores is quoted.
pub(crate) fn push_member(path: &mut String, name: &str) {
    let is_plain = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_plain {
        path.push_str(&format!("[{name:?}]"));
        return;
    }
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}
