//! `conex lsp`

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use conex_evaluator::Io;
use conex_language_server::{Ended, Outside, Search};
use conex_options::{Configured, OptionDoc};
use conex_store::Nix;

use super::Context;
use crate::command_error::{CommandError, Kind, Result, Success};
use crate::flake;
use crate::io::Machine;
use crate::nixpkgs::{NixpkgsArgs, SearchPath};
use crate::paths::Paths;
use crate::render;
use crate::ui::Ui;

/// Serve an editor: what `check` finds while you type, and more
///
/// Speaks the language server protocol on standard input and output. Editors
/// start it themselves.
#[derive(Debug, Args)]
pub(crate) struct Lsp {
    #[command(flatten)]
    nixpkgs: NixpkgsArgs,
    /// Accepted, as some editors give it
    #[arg(long, hide = true)]
    stdio: bool,
}

/// This machine.
struct Here {
    ui: Ui,
    paths: Paths,
    nixpkgs: NixpkgsArgs,
    search: Search,
}

fn search(args: &NixpkgsArgs, paths: &Paths) -> Result<Search> {
    let SearchPath { nixpkgs, others, .. } = SearchPath::new(args, paths)?;
    Ok(Search { nixpkgs, others })
}

impl Outside for Here {
    fn io(&self) -> Box<dyn Io> {
        Box::new(Machine::silent(self.ui, Nix::default()))
    }

    /// What can not be read any more is as it was.
    fn search(&self) -> Search {
        search(&self.nixpkgs, &self.paths).unwrap_or_else(|_| self.search.clone())
    }

    fn machine(&self) -> String {
        flake::machine()
    }

    fn facts(&self, option: &OptionDoc) -> Vec<(&'static str, String)> {
        render::options::effects(option)
    }

    fn embedded(&self, name: &str) -> Option<PathBuf> {
        let text = conex_options::embedded_file(name)?;
        let path = crate::paths::cache()?
            .join(env!("CARGO_PKG_VERSION"))
            .join(name.trim_matches(['<', '>']));
        if std::fs::read_to_string(&path).is_ok_and(|known| known == text) {
            return Some(path);
        }
        let directory = path.parent()?;
        std::fs::create_dir_all(directory).ok()?;
        // Who has it open does not see half of it.
        let temporary = directory.join(format!(".{}", std::process::id()));
        std::fs::write(&temporary, text).ok()?;
        std::fs::rename(&temporary, &path).ok()?;
        Some(path)
    }

    fn plan_command(&self, configured: &Configured, container: &str) -> Vec<OsString> {
        let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("conex"));
        let mut command: Vec<OsString> =
            vec![program.into(), "--no-color".into(), "plan".into(), "--unsaved".into()];
        command.push("--target".into());
        command.push(container.into());
        match configured {
            Configured::Module(file) => command.push(file.into()),
            Configured::Flake { file, host } => {
                let mut reference = OsString::from("path:");
                reference.push(file.parent().unwrap_or(file));
                if let Some(host) = host {
                    reference.push("#");
                    reference.push(host);
                }
                command.extend(["--flake".into(), reference]);
            }
        }
        command
    }
}

pub(crate) fn run(context: &Context, args: &Lsp) -> Result<Success> {
    let (ui, paths, nixpkgs) = (context.ui, context.paths.clone(), args.nixpkgs.clone());
    let search = search(&nixpkgs, &paths)?;
    match conex_language_server::serve(Arc::new(Here { ui, paths, nixpkgs, search }))? {
        Ended::Asked => Ok(Success::Done),
        Ended::Lost => {
            let message = "the editor was gone before it ended the session";
            Err(CommandError::new(Kind::User, message))
        }
    }
}
