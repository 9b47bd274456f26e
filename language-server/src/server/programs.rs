//! What other programs do for the server: `conex plan` and a formatter.

use std::path::PathBuf;
use std::time::Duration;

use conex_options::Configured;
use gen_lsp_types::{DocumentFormattingParams, ExecuteCommandParams, TextEdit};
use lsp_server::{ErrorCode, RequestId};
use serde::Deserialize;
use serde_json::Value;

use super::features::PLAN;
use super::{Server, convert, documents, process};
use crate::ide::Lines;

/// Longer than any plan takes that somebody waits for.
const FOR_PLAN: Duration = Duration::from_secs(60);
const FOR_FORMATTING: Duration = Duration::from_secs(10);

/// What a lens asks for.
#[derive(Deserialize)]
struct Planned {
    container: String,
    file: PathBuf,
    #[serde(default)]
    host: String,
}

impl Server {
    /// Runs a command of the server; the plan of a container is the result.
    pub(super) fn execute(&mut self, id: RequestId, params: ExecuteCommandParams) {
        if params.command != PLAN {
            let message = format!("there is no command {}", params.command);
            return self.client.refuse(id, ErrorCode::InvalidParams, message);
        }
        let argument = params.arguments.unwrap_or_default().into_iter().next().unwrap_or_default();
        let planned: Planned = match serde_json::from_value(argument) {
            Ok(planned) => planned,
            Err(error) => {
                return self.client.refuse(id, ErrorCode::InvalidParams, error.to_string());
            }
        };
        let Planned { container, file, host } = planned;
        let configured = match file.file_name().is_some_and(|name| name == "flake.nix") {
            true => Configured::Flake { file, host: Some(host).filter(|host| !host.is_empty()) },
            false => Configured::Module(file),
        };
        let address = format!("containers.{}", conex_model::quote_name(&container));
        let command = self.outside.plan_command(&configured, &address);
        self.shows.push(id.clone());
        let buffers = self.documents.buffers().into_iter();
        let texts: serde_json::Map<String, Value> = buffers
            .map(|(path, text)| (path.to_string_lossy().into_owned(), Value::from(&*text)))
            .collect();
        let texts = Value::Object(texts).to_string();
        self.in_background(id, move || process::run(&command, &texts, FOR_PLAN).map(Into::into));
    }

    /// Has the formatter lay a document out; the edit is of all of it.
    pub(super) fn format(&mut self, id: RequestId, params: &DocumentFormattingParams) {
        let path = documents::path(&params.text_document.uri);
        let Some(document) = path.and_then(|path| self.documents.get(&path)) else {
            return self.client.reply(id, ());
        };
        let (text, encoding) = (document.text.clone(), self.client.can.encoding);
        let command = self.settings.formatting.command.split_whitespace();
        let command: Vec<_> = command.map(Into::into).collect();
        self.in_background(id, move || {
            let formatted = process::run(&command, &text, FOR_FORMATTING)?;
            if formatted == *text {
                return Ok(Value::Array(Vec::new()));
            }
            let range = convert::range(&Lines::new(&text), 0..text.len(), encoding);
            let edits = vec![TextEdit::new(range, formatted)];
            serde_json::to_value(edits).map_err(|error| error.to_string())
        });
    }
}
