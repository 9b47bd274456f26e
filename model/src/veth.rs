//! The host-side name of a container's interface.
//!
//! An interface name has at most 15 bytes. systemd-nspawn shortens a longer
//! one (`shorten_ifname` in `src/nspawn/nspawn-network.c`): 11 bytes of it and
//! 4 characters of a keyed hash of the whole.

/// The key of systemd's hash.
const KEY: [u8; 16] = [
    0xe1, 0x90, 0xa4, 0x04, 0xa8, 0xef, 0x4b, 0x51, 0x8c, 0xcc, 0xc3, 0x3a, 0x9f, 0x11, 0xfc, 0xa2,
];

/// The greatest length of an interface name in bytes (`IFNAMSIZ` - 1).
const MAX: usize = 15;

/// The name under which the kernel knows the interface that systemd-nspawn
/// calls `name`.
pub fn interface_name(name: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if name.len() <= MAX {
        return name.to_owned();
    }
    let hash = siphash24(&KEY, name.as_bytes());
    // Container names are ASCII, so any byte is a boundary.
    let mut short: String = name.chars().take(MAX - 4).collect();
    for shift in [18, 12, 6, 0] {
        short.push(char::from(DIGITS[(hash >> shift & 63) as usize]));
    }
    short
}

/// SipHash-2-4 (Aumasson and Bernstein, 2012) of `data`.
fn siphash24(key: &[u8; 16], data: &[u8]) -> u64 {
    let (k0, k1) = (word(&key[..8]), word(&key[8..]));
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut chunks = data.chunks_exact(8);
    for chunk in &mut chunks {
        absorb(&mut state, word(chunk));
    }
    let last = word(chunks.remainder()) | (data.len() as u64) << 56;
    absorb(&mut state, last);
    state[2] ^= 0xff;
    for _ in 0..4 {
        round(&mut state);
    }
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// Up to 8 bytes, the first the least significant.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn absorb(state: &mut [u64; 4], word: u64) {
    state[3] ^= word;
    round(state);
    round(state);
    state[0] ^= word;
}

fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reference vector of the SipHash paper, appendix A.
    #[test]
    fn siphash_agrees_with_its_paper() {
        let key = std::array::from_fn(|i| i as u8);
        let data: [u8; 15] = std::array::from_fn(|i| i as u8);
        assert_eq!(siphash24(&key, &data), 0xa129_ca61_49be_45e5);
    }

    /// The first two stand in nixpkgs `nixos/tests/containers-names.nix`.
    #[test]
    fn long_names_are_shortened_as_systemd_does() {
        for (long, short) in [
            ("ve-really-long-name", "ve-really-l3QgY"),
            ("ve-really-long-long-name-2", "ve-really-lFYWO"),
            ("ve-abcdefghijkl", "ve-abcdefghijkl"),
            ("ve-abcdefghijklm", "ve-abcdefghyhe5"),
            ("vb-postgres-central", "vb-postgres9n3M"),
        ] {
            assert_eq!(interface_name(long), short);
        }
    }
}
