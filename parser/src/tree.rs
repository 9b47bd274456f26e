//! The lossless tree, with every space and comment: for what shows or edits
//! the text, not for evaluating it.

/// The lossless tree of a text.
///
/// It is rnix's, which stops at some nesting and differs from Nix about a few
/// odd texts; whether a text is valid and what it means is for
/// [`parse`](crate::parse) to say.
pub struct Tree(rnix::Parse<rnix::Root>);

impl Tree {
    /// Reads a text; never fails.
    pub fn new(text: &str) -> Self {
        // rnix calls itself for each level of some nestings.
        let stack = (16 << 20) + text.len().saturating_mul(4 << 10).min(1 << 30);
        Self(stacker::grow(stack, || rnix::Root::parse(text)))
    }

    /// The root of the tree.
    pub fn syntax(&self) -> rnix::SyntaxNode {
        self.0.syntax()
    }
}
