//! The question before anything is changed.

use std::io::{BufRead as _, Read as _};

use crate::command_error::{CommandError, Kind, Result};
use crate::ui::{Role, Ui};

/// The most that is read for an answer.
const LONGEST_ANSWER: u64 = 4096;

/// Asks before `what`, the name of a command, on standard error and takes the answer from
/// standard input, terminal or not. Only the single word `yes` is one.
pub(crate) fn confirm(ui: &Ui, what: &str, host: &str) -> Result<()> {
    let question = ui.stderr.paint(Role::Heading, "Do you want to perform these actions?");
    let value = ui.stderr.paint(Role::Heading, "Enter a value:");
    ui.note(&format!(
        "\n{question}\n  conex will perform the actions described above on {host}.\n  \
         Only 'yes' will be accepted to approve.\n\n  {value} "
    ));
    let mut answer = Vec::new();
    let read = std::io::stdin().lock().take(LONGEST_ANSWER).read_until(b'\n', &mut answer);
    ui.note("\n");
    match read {
        Ok(_) if answer.trim_ascii() == b"yes" => Ok(()),
        Ok(0) => Err(declined(what, "there was no answer").hint(not_asked(what))),
        Ok(_) => Err(declined(what, "the answer was not 'yes'")),
        Err(error) => Err(declined(what, &format!("the answer could not be read ({error})"))),
    }
}

/// How to do it without a question.
fn not_asked(what: &str) -> String {
    let plan = if what == "apply" { " or a plan made by `conex plan --out`" } else { "" };
    format!("to {what} without being asked, use --auto-approve{plan}")
}

fn declined(what: &str, why: &str) -> CommandError {
    CommandError::new(Kind::Declined, format!("{what} cancelled: {why}; nothing was changed"))
}
