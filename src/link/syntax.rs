//! Source files that do not compile, as users are told of them.
/// A source file that does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxFault {
    /// The module; `None` for a script.
    pub module: Option<String>,
    /// The file's path in its object.
    pub path: String,
    /// What the compiler said.
    pub message: String,
    /// The place, with a caret.
    pub shown: Option<String>,
}

/// Says all faults.
pub fn text(faults: &[SyntaxFault]) -> String {
    let one = |SyntaxFault { path, message, shown, .. }: &SyntaxFault| {
        let shown = shown.iter().map(|shown| format!("\n{shown}")).collect::<String>();
        format!("`{path}` does not compile: {message}{shown}")
    };
    faults.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Says what mends them.
pub fn hint(faults: &[SyntaxFault]) -> String {
    let names: Vec<String> =
        faults.iter().filter_map(|fault| fault.module.as_ref()).map(|module| format!("\"{module}\"")).collect();
    if names.is_empty() {
        return "mend the source".to_owned();
    }
    format!(
        "mend the source; what is no module (a template, say) is left out by `exclude-modules = [{}]` in [tool.permafreeze]",
        names.join(", ")
    )
}
