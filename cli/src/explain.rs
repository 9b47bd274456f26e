//! What each kind of finding is about: `docs/diagnostics.md`, which has a
//! section for each.

use conex_model::Code;

const DOCUMENT: &str = include_str!("../../docs/diagnostics.md");

/// The section about a kind, in Markdown, without its heading.
pub(crate) fn text(code: Code) -> &'static str {
    sections().find(|(name, _)| *name == code.text()).map_or("", |(_, text)| text)
}

/// Its first paragraph.
pub(crate) fn summary(code: Code) -> String {
    let paragraph = text(code).split("\n\n").next().unwrap_or_default();
    paragraph.replace('\n', " ")
}

/// The sections, by the names of their kinds.
fn sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    DOCUMENT.split("\n### ").skip(1).filter_map(|section| {
        let (name, text) = section.split_once('\n')?;
        // The next heading of a higher level ends it.
        let text = text.split("\n## ").next()?;
        Some((name.trim_matches('`'), text.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_section_and_every_section_a_kind() {
        let found: Vec<&str> = sections().map(|(name, _)| name).collect();
        let expected: Vec<&str> = Code::ALL.iter().map(|code| code.text()).collect();
        assert_eq!(found, expected);
        assert!(sections().all(|(_, text)| !text.is_empty()));
    }
}
