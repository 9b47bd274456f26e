//! The lossless tree, with every space and comment: for what shows or edits
//! the text, not for evaluating it.

/// The lossless tree of a text.
///
/// It is rnix's, which stops at some nesting and differs from Nix about a few
/// odd texts; whether a text is valid and what it means is for
/// [`parse`](crate::parse) to say.
pub struct Tree {
    /// Taken only when dropped.
    parse: Option<rnix::Parse<rnix::Root>>,
    /// How much stack the text may need.
    stack: usize,
}

impl Tree {
    /// Reads a text; never fails.
    pub fn new(text: &str) -> Self {
        let stack = (1 << 20) + text.len().saturating_mul(4 << 10).min(1 << 30);
        let parse = stacker::maybe_grow(stack, stack, || rnix::Root::parse(text));
        Self { parse: Some(parse), stack }
    }

    /// How many mistakes there are in it.
    pub fn mistakes(&self) -> usize {
        self.parse.as_ref().map_or(0, |parse| parse.errors().len())
    }

    /// Calls `f` with the root of the tree. Nodes must not be kept: giving up
    /// the last of them needs the stack that `f` runs on.
    pub fn with_root<R>(&self, f: impl FnOnce(&rnix::SyntaxNode) -> R) -> Option<R> {
        let parse = self.parse.as_ref()?;
        Some(stacker::maybe_grow(self.stack, self.stack, || f(&parse.syntax())))
    }
}

/// rowan calls itself for each level of a tree that it drops.
impl Drop for Tree {
    fn drop(&mut self) {
        let parse = self.parse.take();
        stacker::maybe_grow(self.stack, self.stack, || drop(parse));
    }
}
