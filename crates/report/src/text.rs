//! Text for people, and for HTML.

use serde::Serialize;

/// Text as it may stand anywhere in HTML, SVG and their attributes. What is in a trace comes from
/// somewhere else.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            // Not allowed in XML, not even escaped.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
    out
}

/// The beginning of a text that is longer than this many characters.
pub(crate) fn shorten(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value as JSON that may stand inside a script element.
pub(crate) fn script_json(value: &impl Serialize) -> Option<String> {
    let json = serde_json::to_string(value).ok()?;
    Some(json.replace('<', "\\u003c").replace("\u{2028}", "\\u2028"))
}

/// A name as it may stand in a file name and in an identifier of the page.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        match character.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9') => slug.push(kept),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(60);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_escaped_can_end_a_text_an_attribute_or_a_script() {
        let hostile = "</script>\"'<b>&\0\u{1}";
        assert_eq!(
            escape(hostile),
            "&lt;/script&gt;&quot;&#39;&lt;b&gt;&amp;\u{fffd}\u{fffd}"
        );
        assert_eq!(escape("γ·∇f, ‖x‖"), "γ·∇f, ‖x‖");
        let json = script_json(&hostile).unwrap();
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), hostile);
    }

    #[test]
    fn a_slug_is_a_file_name_whatever_the_method_is_called() {
        assert_eq!(slug("pure-waiting:b=3"), "pure-waiting-b-3");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("<∇>"), "");
        assert!(slug(&"x".repeat(1000)).len() <= 60);
    }
}
