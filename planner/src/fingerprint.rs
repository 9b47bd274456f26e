//! A digest of everything that was observed: when it differs, a plan is stale.

use conex_model::{Attribute, Attributes, HostIdentity, Observed, UnitDirectory};
use sha2::{Digest, Sha256};

use crate::text::{hex, identity};

/// SHA-256 in hex over what was observed of a host.
pub fn fingerprint(observed: &Observed) -> String {
    let mut out = Canon(Sha256::new());
    match &observed.host {
        HostIdentity::Machine(id) => out.tag(b'm').text(id),
        HostIdentity::Directory(path) => out.tag(b'd').text(path),
        HostIdentity::Memory => out.tag(b'0'),
    };
    match &observed.current_system {
        Some(system) => out.tag(b's').text(system),
        None => out.tag(b'-'),
    };
    out.tag(u8::from(observed.daemon_reload_needed));
    if observed.unit_directory != UnitDirectory::default() {
        out.tag(b'U').text(observed.unit_directory.as_str());
    }
    if observed.forwards_need_start {
        out.tag(b'F');
    }
    for (name, container) in &observed.containers {
        out.tag(b'c').text(name.as_str());
        for (kind, resource) in &container.resources {
            out.tag(b'r').text(kind.as_str());
            out.attributes(resource.recorded.as_deref());
            out.attributes(resource.found.as_deref());
        }
    }
    for unmanaged in &observed.unmanaged {
        out.tag(b'u').text(&unmanaged.name).text(&unmanaged.path);
        out.tag(u8::from(unmanaged.running));
    }
    for leftover in observed.leftovers.iter().filter(|leftover| leftover.managed) {
        out.tag(b'l').text(leftover.kind.as_str()).text(&leftover.container).text(&leftover.name);
    }
    hex(&out.0.finalize())
}

/// Every text with its length before it, every value with its kind.
struct Canon(Sha256);

impl Canon {
    fn tag(&mut self, tag: u8) -> &mut Self {
        self.0.update([tag]);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn attributes(&mut self, attributes: Option<&Attributes>) {
        let Some(attributes) = attributes else {
            self.tag(b'-');
            return;
        };
        self.tag(b'{');
        for (name, value) in attributes.iter() {
            self.text(name);
            self.attribute(value);
        }
        self.tag(b'}');
    }

    fn attribute(&mut self, value: &Attribute) {
        match value {
            Attribute::Null => self.tag(b'n'),
            Attribute::Bool(value) => self.tag(b'b').tag(u8::from(*value)),
            Attribute::Int(value) => {
                self.0.update(value.to_le_bytes());
                self.tag(b'i')
            }
            Attribute::Str(text) => self.tag(b't').text(text),
            Attribute::List(elements) => {
                self.tag(b'[');
                elements.iter().for_each(|element| self.attribute(element));
                self.tag(b']')
            }
            Attribute::Map(map) => {
                self.tag(b'{');
                for (name, value) in map {
                    self.text(name);
                    self.attribute(value);
                }
                self.tag(b'}')
            }
            Attribute::Built => self.tag(b'B'),
            Attribute::Unknown(unknown) => self.tag(b'?').text(identity(unknown)),
        };
    }
}
