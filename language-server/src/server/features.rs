//! The answers to questions about a text, in the words of the protocol.

use std::collections::HashMap;
use std::ops::Range as Offsets;
use std::path::Path;
use std::sync::Arc;

use conex_evaluator::Heap;
use conex_parser::Span;
use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, CodeActionResponse, CodeLens, Command,
    CompletionItem, CompletionItemKind, CompletionItemTextEdit, CompletionList, CompletionResponse,
    Contents, Definition, DefinitionResponse, DocumentSymbol, DocumentSymbolResponse,
    Documentation, Hover, InlayHint, InlayHintKind, InlayHintParams, Label, Location,
    MarkupContent, MarkupKind, Position, PrepareRenamePlaceholder, PrepareRenameResult, Range,
    RenameParams, SymbolKind, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use serde_json::json;

use super::convert;
use super::{Server, documents};
use crate::ide::{self, Analysis, Encoding, Lines, Options, Overlay, Target, Task, View, World};

/// The command behind the lens of a container.
pub(super) const PLAN: &str = "conex.plan";

/// A file that is asked about, and the lines of its text.
struct Asked<'a> {
    view: &'a View<'a>,
    lines: &'a Lines<'a>,
    encoding: Encoding,
}

impl Asked<'_> {
    fn offset(&self, at: Position) -> u32 {
        convert::offset(self.lines, at, self.encoding) as u32
    }

    fn range(&self, span: Span) -> Range {
        convert::range(self.lines, offsets(span), self.encoding)
    }

    fn edit(&self, edit: ide::TextEdit) -> TextEdit {
        TextEdit::new(self.range(edit.span), edit.text)
    }
}

fn offsets(span: Span) -> Offsets<usize> {
    span.start as usize..span.end as usize
}

fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

impl Server {
    /// Answers a question about an open document.
    fn about<T>(&self, uri: &Uri, answer: impl FnOnce(&Asked<'_>) -> Option<T>) -> Option<T> {
        let document = self.documents.get(&documents::path(uri)?)?;
        let (disk, buffers) = (self.outside.io(), self.documents.buffers());
        let overlay = Overlay::new(&*disk, &buffers);
        let analyses = self.units.of_file(&document.file);
        let analyses = analyses.into_iter().map(|(_, analysis)| analysis.clone()).collect();
        let options = self.options.get_or_init(|| self.read_options());
        let nixpkgs = self.search.nixpkgs.as_deref();
        let (texts, defined) = (&self.texts, &self.defined);
        let world = World { io: &overlay, nixpkgs, texts, defined };
        let text = (&*document.text, document.structure());
        let view = View::new(&document.file, text, analyses, options, world);
        let lines = Lines::new(&document.text);
        answer(&Asked { view: &view, lines: &lines, encoding: self.client.can.encoding })
    }

    fn read_options(&self) -> Options {
        let (heap, disk) = (Heap::new(), self.outside.io());
        let mut evaluator =
            conex_evaluator::Evaluator::new(&heap, &*disk, conex_options::settings());
        let docs = conex_options::declared_options(&mut evaluator);
        Options::new(docs, |doc| self.outside.facts(doc))
    }

    /// The place of a target, in whatever file that is.
    fn location(&self, asked: &Asked<'_>, target: &Target) -> Option<Location> {
        let name = target.path.to_string_lossy();
        let file = match name.starts_with('<') {
            true => self.outside.embedded(&name)?,
            false => target.path.clone(),
        };
        let uri = self.uri(&file)?;
        if file == asked.view.path {
            return Some(Location::new(uri, asked.range(target.span)));
        }
        let read = asked.view.analyses.iter().find_map(|analysis| analysis.texts.get(&*name));
        let text: Arc<str> = match (self.documents.of_file(&file), read) {
            (_, Some(text)) => text.clone(),
            (Some(document), None) => document.text.clone(),
            (None, None) => {
                let bytes = asked.view.world.io.read(&file).ok()?;
                String::from_utf8_lossy(&bytes).into()
            }
        };
        let lines = Lines::new(&text);
        let range = convert::range(&lines, offsets(target.span), self.client.can.encoding);
        Some(Location::new(uri, range))
    }

    pub(super) fn hover(&self, params: &TextDocumentPositionParams) -> Option<Hover> {
        self.about(&params.text_document.uri, |asked| {
            let hover = ide::hover(asked.view, asked.offset(params.position))?;
            let contents = Contents::MarkupContent(markdown(hover.markdown));
            Some(Hover { contents, range: Some(asked.range(hover.span)) })
        })
    }

    pub(super) fn complete(
        &self,
        params: &TextDocumentPositionParams,
    ) -> Option<CompletionResponse> {
        let items = self.about(&params.text_document.uri, |asked| {
            let found = ide::complete(asked.view, asked.offset(params.position));
            let items = found.into_iter().enumerate();
            Some(items.map(|(rank, it)| completion(asked, it, rank)).collect())
        });
        let list = CompletionList { items: items?, ..CompletionList::default() };
        Some(CompletionResponse::CompletionList(list))
    }

    pub(super) fn define(&self, params: &TextDocumentPositionParams) -> Option<DefinitionResponse> {
        let found = self.about(&params.text_document.uri, |asked| {
            let targets = ide::definition(asked.view, asked.offset(params.position));
            Some(targets.iter().filter_map(|target| self.location(asked, target)).collect())
        });
        Some(DefinitionResponse::Definition(Definition::LocationList(found?)))
    }

    pub(super) fn refer(
        &self,
        params: &TextDocumentPositionParams,
        with_definition: bool,
    ) -> Option<Vec<Location>> {
        self.about(&params.text_document.uri, |asked| {
            let offset = asked.offset(params.position);
            let targets = ide::references(asked.view, offset, with_definition);
            Some(targets.iter().filter_map(|target| self.location(asked, target)).collect())
        })
    }

    pub(super) fn may_rename(
        &self,
        params: &TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResult>, String> {
        let found = self.about(&params.text_document.uri, |asked| {
            let span = ide::renamed(asked.view, asked.offset(params.position));
            Some(span.map(|span| PrepareRenamePlaceholder {
                range: asked.range(span),
                placeholder: asked.view.text.get(span.range()).unwrap_or_default().to_owned(),
            }))
        });
        Ok(found.transpose()?.map(PrepareRenameResult::PrepareRenamePlaceholder))
    }

    pub(super) fn rename(&self, params: &RenameParams) -> Result<Option<WorkspaceEdit>, String> {
        let at = &params.text_document_position_params;
        let edits = self.about(&at.text_document.uri, |asked| {
            let edits = ide::rename(asked.view, asked.offset(at.position), &params.new_name);
            let of = |it: Vec<ide::TextEdit>| it.into_iter().map(|it| asked.edit(it)).collect();
            Some(edits.map(of))
        });
        let edits: Option<Vec<TextEdit>> = edits.transpose()?;
        let uri = at.text_document.uri.clone();
        Ok(edits.map(|edits| WorkspaceEdit {
            changes: Some(HashMap::from([(uri, edits)])),
            ..WorkspaceEdit::default()
        }))
    }

    pub(super) fn outline(&self, uri: &Uri) -> Option<DocumentSymbolResponse> {
        let symbols = self.about(uri, |asked| {
            let found = ide::symbols(asked.view);
            Some(found.into_iter().map(|symbol| outlined(asked, symbol)).collect())
        });
        symbols.map(DocumentSymbolResponse::DocumentSymbolList)
    }

    pub(super) fn hints(&self, params: &InlayHintParams) -> Option<Vec<InlayHint>> {
        if !self.settings.inlay_hints.enable {
            return None;
        }
        self.about(&params.text_document.uri, |asked| {
            let span = Span::new(asked.offset(params.range.start), asked.offset(params.range.end));
            let of = |hint: ide::Hint| InlayHint {
                position: asked.range(Span::at(hint.offset)).start,
                label: Label::String(hint.text),
                kind: Some(InlayHintKind::Type),
                text_edits: None,
                tooltip: None,
                padding_left: Some(true),
                padding_right: None,
                data: None,
            };
            Some(ide::hints(asked.view, span).into_iter().map(of).collect())
        })
    }

    /// What mends the findings of a range, as long as their places are those
    /// of the text.
    pub(super) fn act(&self, params: &CodeActionParams) -> Option<Vec<CodeActionResponse>> {
        self.about(&params.text_document.uri, |asked| {
            let span = Span::new(asked.offset(params.range.start), asked.offset(params.range.end));
            let name = asked.view.path.to_string_lossy();
            let now = self.units.all.values().filter_map(|unit| unit.now.as_deref());
            let fresh: Vec<&Analysis> = now
                .filter(|now| now.texts.get(&*name).is_some_and(|it| **it == *asked.view.text))
                .collect();
            let found = ide::actions(asked.view, &fresh, span).into_iter();
            let found = found.filter(|action| self.is_wanted(action.finding.code));
            Some(found.filter_map(|action| self.action(asked, action)).collect())
        })
    }

    fn action(&self, asked: &Asked<'_>, action: ide::Action) -> Option<CodeActionResponse> {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for (target, text) in &action.edits {
            let Location { uri, range } = self.location(asked, target)?;
            changes.entry(uri).or_default().push(TextEdit::new(range, text.clone()));
        }
        let analyses = &asked.view.analyses;
        let texts = analyses.first().map(|analysis| analysis.texts.clone()).unwrap_or_default();
        let mut places = convert::Places::new(&texts, asked.encoding);
        let finding = places.finding(&action.finding, &|file| self.uri(Path::new(file)));
        Some(CodeActionResponse::CodeAction(CodeAction {
            title: action.title,
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: Some(vec![finding]),
            is_preferred: action.preferred.then_some(true),
            edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
            ..CodeAction::default()
        }))
    }

    /// A lens at each container that some configuration wants.
    pub(super) fn lenses(&self, uri: &Uri) -> Option<Vec<CodeLens>> {
        self.about(uri, |asked| {
            let known = self.units.of_file(asked.view.path);
            let mut lenses = Vec::new();
            for (name, span) in ide::containers(asked.view) {
                for (task, analysis) in &known {
                    let Task::Configuration(configured) = task else { continue };
                    let wants = |(host, desired): &&(String, conex_model::Desired)| {
                        let named = desired.containers.keys().any(|key| key.as_str() == name);
                        named.then(|| host.clone())
                    };
                    let mut hosts = analysis.hosts.iter().filter_map(|host| wants(&host));
                    let Some(host) = hosts.next() else { continue };
                    let arguments = json!({
                        "container": name, "file": configured.file(), "host": host,
                    });
                    let command = Command {
                        title: "what would change".to_owned(),
                        tooltip: None,
                        command: PLAN.to_owned(),
                        arguments: Some(vec![arguments]),
                    };
                    let range = asked.range(span);
                    lenses.push(CodeLens { range, command: Some(command), data: None });
                    break;
                }
            }
            Some(lenses)
        })
    }
}

fn completion(asked: &Asked<'_>, found: ide::Completion, rank: usize) -> CompletionItem {
    use ide::CompletionKind as Kind;
    let edit = TextEdit::new(asked.range(found.span), found.insert);
    CompletionItem {
        kind: Some(match found.kind {
            Kind::Option => CompletionItemKind::Property,
            Kind::Value => CompletionItemKind::EnumMember,
            Kind::Variable => CompletionItemKind::Variable,
            Kind::Function => CompletionItemKind::Function,
            Kind::Attribute => CompletionItemKind::Field,
            Kind::Container => CompletionItemKind::Module,
            Kind::File => CompletionItemKind::File,
            Kind::Directory => CompletionItemKind::Folder,
        }),
        detail: found.detail,
        documentation: found.documentation.map(|it| Documentation::MarkupContent(markdown(it))),
        // What editors filter by is the text before the cursor, quotes and all.
        filter_text: Some(edit.new_text.clone()),
        text_edit: Some(CompletionItemTextEdit::TextEdit(edit)),
        sort_text: Some(format!("{rank:05}")),
        label: found.label,
        ..CompletionItem::default()
    }
}

#[expect(deprecated, reason = "the field has to be named")]
fn outlined(asked: &Asked<'_>, symbol: ide::Symbol) -> DocumentSymbol {
    use conex_parser::structure::EntryKind;
    let below: Vec<_> = symbol.below.into_iter().map(|it| outlined(asked, it)).collect();
    DocumentSymbol {
        name: symbol.name,
        detail: symbol.is_container.then(|| "container".to_owned()),
        kind: match symbol.kind {
            _ if symbol.is_container => SymbolKind::Module,
            EntryKind::Variable => SymbolKind::Variable,
            _ => SymbolKind::Property,
        },
        tags: None,
        deprecated: None,
        range: asked.range(symbol.span),
        selection_range: asked.range(symbol.names),
        children: Some(below),
    }
}
