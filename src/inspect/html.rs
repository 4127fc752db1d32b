//! An inspection as one HTML page that needs nothing else: a treemap of what takes the space, and tables.
//!
//! The template lies in `html/`: `page.html`, `page.css`, `page.js`. The data is JSON inside the page; names from the
//! executable reach the page only as text.
use crate::inspection::Inspection;

const TEMPLATE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Returns the page: the same bytes for the same inspection.
///
/// # Errors
/// That of `serde_json`.
pub fn render(inspection: &Inspection) -> serde_json::Result<String> {
    let data = json_in_html(&serde_json::to_string(inspection)?);
    let title = text_in_html(&inspection.name);
    let parts = [("{{title}}", title.as_str()), ("{{style}}", STYLE), ("{{data}}", &data), ("{{script}}", SCRIPT)];
    let mut page = String::with_capacity(TEMPLATE.len() + STYLE.len() + data.len() + SCRIPT.len());
    let mut rest = TEMPLATE;
    // One pass: what is put in is not searched for placeholders.
    while let Some((at, (placeholder, value))) =
        parts.iter().filter_map(|part| Some((rest.find(part.0)?, part))).min_by_key(|found| found.0)
    {
        page.push_str(&rest[..at]);
        page.push_str(value);
        rest = &rest[at + placeholder.len()..];
    }
    page.push_str(rest);
    Ok(page)
}

/// JSON that neither ends a script element nor begins a comment in one (HTML, "Restrictions for contents of script
/// elements"); it remains JSON.
fn json_in_html(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => text.push_str(&format!("\\u{:04x}", character as u32)),
            other => text.push(other),
        }
    }
    text
}

fn text_in_html(text: &str) -> String {
    let mut html = String::new();
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::{Distribution, Part, VERSION};
    use crate::needs::Needs;
    use crate::owners::Owner;

    const HOSTILE: &str = "</script><script>alert(1)</script><!--<script>{{script}}\u{2028}\"'&\\";

    fn hostile() -> Inspection {
        let owner = Owner::named(HOSTILE);
        Inspection {
            version: VERSION,
            name: HOSTILE.into(),
            form: "onefile",
            size: 7,
            sha256: String::new(),
            bundle: None,
            target: None,
            python: "3.13".into(),
            python_library: HOSTILE.into(),
            owners_from: "names",
            needs: Needs::default(),
            distributions: vec![Distribution { owner, stored: 7, unpacked: 7, modules: 0, files: 1 }],
            parts: vec![Part { path: HOSTILE.into(), kind: "data", distribution: 0, stored: 7, unpacked: 7 }],
            entries: Vec::new(),
            modules: Vec::new(),
            notes: vec![HOSTILE.into()],
        }
    }

    fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
        text.split_once(begin).expect(begin).1.split_once(end).expect(end).0
    }

    #[test]
    fn hostile_names_stay_data() {
        let page = render(&hostile()).expect("a page");
        assert_eq!(page.matches("</script>").count(), TEMPLATE.matches("</script>").count());
        assert!(!page.contains("<!--<script>") && !page.contains("<script>alert"));
        let data = between(&page, "id=\"data\">", "</script>");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!(data["parts"][0]["path"], HOSTILE);
        assert_eq!(data["distributions"][0]["distribution"], HOSTILE);
    }

    #[test]
    fn the_page_is_whole_and_asks_for_nothing() {
        let page = render(&hostile()).expect("a page");
        assert!(page.contains(STYLE) && page.contains(SCRIPT));
        assert_eq!(page, render(&hostile()).expect("a page"));
        for word in ["http:", "https:", "//cdn", " src=", "@import", "url(", "fetch(", "innerHTML", "eval("] {
            assert!(![TEMPLATE, STYLE, SCRIPT].iter().any(|part| part.contains(word)), "the template has `{word}`");
        }
    }
}
