//! Many containers.

use conex_executor::MemoryHost;
use conex_model::Desired;

use crate::support::*;
use crate::{apply_on, settled};

fn thousand() -> Desired {
    desired_of(
        (0..1000)
            .map(|i| {
                configured(&format!("c{i}"), &format!("d{i}")).auto_start().network(
                    &format!("10.{}.{}.1", i / 250, i % 250),
                    &format!("10.{}.{}.2", i / 250, i % 250),
                )
            })
            .collect(),
    )
}

#[test]
fn a_thousand_containers_are_planned_applied_and_settled() {
    let wanted = thousand();
    let host = MemoryHost::new();
    apply_on(&host, &wanted);
    settled(&host, &wanted);
}
