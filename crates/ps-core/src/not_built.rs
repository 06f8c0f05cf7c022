//! What a program was built without.

/// What is said of something that the program was built without: what else can be done, if anything
/// (`use …, or `), and the feature of asgrad that has it.
#[must_use]
pub fn not_built(what: &str, instead: &str, feature: &str) -> String {
    format!(
        "this program was built without {what}; {instead}build asgrad with the feature `{feature}`"
    )
}
