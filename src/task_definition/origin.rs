//! The file that a definition was read from.
//!
//! The text holds values that must not be printed, so there is no `Debug`.

/// A file of the checkout with a definition in it.
pub(super) struct Origin {
    /// The path as the user gave it.
    pub(super) file: String,
    /// Without a byte order mark.
    pub(super) text: String,
    /// Whether the definition stands below `taskDefinition`.
    pub(super) was_wrapped: bool,
    /// Whether its tags stand next to it.
    pub(super) had_tags_beside: bool,
}
