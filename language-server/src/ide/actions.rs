//! What mends a finding.

use conex_model::{Code, Diagnostic};
use conex_parser::Span;

use super::{Analysis, Target, TextEdit, View};

/// Edits that mend something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// What they do.
    pub title: String,
    /// What they mend.
    pub finding: Diagnostic,
    /// Whether there is hardly another way.
    pub preferred: bool,
    /// The edits, each with its file.
    pub edits: Vec<(Target, String)>,
}

/// The actions for findings in a span. `analyses` are those whose texts are
/// the present ones.
pub fn actions(view: &View<'_>, analyses: &[&Analysis], span: Span) -> Vec<Action> {
    let mut all: Vec<Action> = Vec::new();
    for finding in analyses.iter().flat_map(|analysis| &analysis.findings) {
        let Some(place) = &finding.place else { continue };
        let touches = place.start.byte <= span.end && span.start <= place.end.byte;
        if !touches || !view.is_in(place, Span::new(0, view.text.len() as u32)) {
            continue;
        }
        let fixed = finding.fix.as_ref().map(|fix| Action {
            title: fix.title.clone(),
            finding: finding.clone(),
            preferred: true,
            edits: fix.edits.iter().map(|edit| (target(&edit.place), edit.text.clone())).collect(),
        });
        for action in fixed.into_iter().chain(additions(view, finding)) {
            if !all.contains(&action) {
                all.push(action);
            }
        }
    }
    all
}

fn target(place: &conex_model::Place) -> Target {
    let span = Span::new(place.start.byte, place.end.byte);
    Target { path: std::path::Path::new(&*place.file).to_owned(), span }
}

/// Adds an option that is missing to the set where it is.
fn additions(view: &View<'_>, finding: &Diagnostic) -> Vec<Action> {
    let definitions: Vec<(String, String)> = match finding.code {
        Code::NoSystem => ["config = { }", "path = \"\""]
            .map(|text| (text.split(' ').next().unwrap_or_default().to_owned(), text.to_owned()))
            .to_vec(),
        Code::MissingValue => {
            let name = finding.address.as_deref().and_then(|it| it.rsplit('.').next());
            name.map(|name| (name.to_owned(), format!("{name} = null"))).into_iter().collect()
        }
        _ => return Vec::new(),
    };
    let Some(place) = &finding.place else { return Vec::new() };
    let place = Span::new(place.start.byte, place.end.byte);
    let of = |(name, text): (String, String)| {
        let TextEdit { span, text } = match set_of(view, place) {
            Some(set) => insertion(view, set, &text),
            None => beside(view, place, &text)?,
        };
        Some(Action {
            title: format!("add {name}"),
            finding: finding.clone(),
            preferred: false,
            edits: vec![(Target { path: view.path.to_owned(), span }, text)],
        })
    };
    definitions.into_iter().filter_map(of).collect()
}

/// The outermost set in a place, or in the value of what is named there.
fn set_of(view: &View<'_>, place: Span) -> Option<Span> {
    let named = view.structure.name_at(place.start).and_then(|(entry, name)| {
        let entry = view.structure.entries.get(entry)?;
        // Of `a.b = { … }` the set is the value of `b`.
        if name + 1 == entry.names.len() { entry.value } else { None }
    });
    let around = named.unwrap_or(place);
    let inside = |it: &&Span| around.start <= it.start && it.end <= around.end;
    view.structure.sets.iter().map(|set| &set.span).find(inside).copied()
}

/// `containers.web.… = …;` behind a definition that begins so.
fn beside(view: &View<'_>, place: Span, definition: &str) -> Option<TextEdit> {
    let (entry, name) = view.structure.name_at(place.start)?;
    let entry = view.structure.entries.get(entry)?;
    let last = entry.names.get(name).filter(|_| name + 1 < entry.names.len())?;
    let first = entry.names.first()?;
    let names = view.slice(Span::new(first.span.start, last.span.end));
    let before = view.text.get(..entry.span.start as usize)?;
    let line = before.rsplit('\n').next()?;
    let between = if line.trim().is_empty() { format!("\n{line}") } else { " ".to_owned() };
    let text = format!("{between}{names}.{definition};");
    Some(TextEdit { span: Span::at(entry.span.end), text })
}

/// A definition at the end of a set, laid out as what is there.
fn insertion(view: &View<'_>, set: Span, definition: &str) -> TextEdit {
    let inner = view.slice(Span::new(set.start + 1, set.end.saturating_sub(1).max(set.start + 1)));
    let kept = inner.trim_end().len() as u32;
    let at = Span::new(set.start + 1 + kept, set.start + 1 + inner.len() as u32);
    if !inner.contains('\n') {
        return TextEdit { span: at, text: format!(" {definition}; ") };
    }
    let before = view.text.get(..set.start as usize).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let indent = &line[..line.len() - line.trim_start().len()];
    TextEdit { span: at, text: format!("\n{indent}  {definition};\n{indent}") }
}
