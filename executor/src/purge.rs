//! Removing a directory with all that a guest left in it.
//!
//! No link is followed and no mount is crossed: each directory is opened from the one
//! that it is in (`openat2`), and the kernel refuses the rest. The guest may have made
//! files that can not be removed (NixOS does, `/var/empty`) and directories in each
//! other without end: flags are taken off, and what is deep is moved up first, so that
//! neither open files nor the stack run out.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{
    AtFlags, Dir, FileType, IFlags, Mode, OFlags, ResolveFlags, ioctl_getflags, ioctl_setflags,
    openat2, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use crate::HostError;
use crate::tree::Tree;

/// How many directories are open in each other.
const DEPTH: usize = 64;

impl Tree {
    /// Removes a directory with all that is in it, if it is there.
    pub(crate) fn remove_tree(&self, path: &str) -> Result<(), HostError> {
        let Some(spot) = self.spot(path)? else { return Ok(()) };
        let shown = self.shown(path);
        if let Some(path) = mounted_below(&shown) {
            return Err(HostError::Mounted { path });
        }
        let name =
            CString::new(spot.name).map_err(|_| HostError::BadPath { path: path.to_owned() })?;
        let removed = Purge::default().remove(&spot.parent, &name);
        // What is open of it is gone.
        self.refresh()?;
        removed.map_err(|error| match error {
            Errno::XDEV => HostError::Mounted { path: shown },
            error => HostError::io("remove", shown, error),
        })
    }
}

/// The names that deep directories get.
#[derive(Default)]
struct Purge {
    moved: u64,
}

impl Purge {
    /// Removes what a name in a directory stands for.
    fn remove(&mut self, parent: &OwnedFd, name: &CStr) -> Result<(), Errno> {
        let stat = match statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(()),
            stat => stat?,
        };
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            return unlink(parent, name);
        }
        let top = open(parent, name)?;
        // What is moved up meanwhile is there the next time.
        loop {
            let names = names(&top)?;
            if names.is_empty() {
                break;
            }
            for name in names {
                self.below(&top, &top, &name, 1)?;
            }
        }
        drop(top);
        remove_empty(parent, name)
    }

    /// Removes what a name in one of the directories below `top` stands for, or moves
    /// it there.
    fn below(
        &mut self,
        top: &OwnedFd,
        parent: &OwnedFd,
        name: &CStr,
        depth: usize,
    ) -> Result<(), Errno> {
        let stat = match statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT) => return Ok(()),
            stat => stat?,
        };
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            return unlink(parent, name);
        }
        let directory = open(parent, name)?;
        if depth >= DEPTH {
            return self.move_up(top, parent, name);
        }
        for inner in names(&directory)? {
            self.below(top, &directory, &inner, depth + 1)?;
        }
        drop(directory);
        remove_empty(parent, name)
    }

    fn move_up(&mut self, top: &OwnedFd, parent: &OwnedFd, name: &CStr) -> Result<(), Errno> {
        loop {
            self.moved += 1;
            let free = format!(".conex-purge-{}", self.moved);
            match statat(top, &*free, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => return renameat(parent, name, top, free),
                Err(error) => return Err(error),
                Ok(_) => {}
            }
        }
    }
}

/// Opens a directory in another one, if nothing is mounted there, and makes it one that
/// can be emptied.
fn open(parent: &OwnedFd, name: &CStr) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let directory = openat2(parent, name, flags, Mode::empty(), resolve)?;
    release(&directory);
    Ok(directory)
}

/// Takes off the flags that keep a file from being removed. Not every file system has
/// them; what can not be removed is told when it is tried.
fn release(file: impl AsFd) {
    let kept = IFlags::IMMUTABLE | IFlags::APPEND;
    if let Ok(flags) = ioctl_getflags(&file)
        && flags.intersects(kept)
    {
        let _ = ioctl_setflags(&file, flags - kept);
    }
}

fn names(directory: &OwnedFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_owned();
        if name.as_bytes() != b"." && name.as_bytes() != b".." {
            names.push(name);
        }
    }
    Ok(names)
}

fn unlink(parent: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::empty()) {
        Err(Errno::NOENT) => Ok(()),
        Err(Errno::PERM) => {
            // Only plain files have the flags, and opening another one may do something.
            let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile {
                let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
                let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
                release(openat2(parent, name, flags, Mode::empty(), resolve)?);
            }
            unlinkat(parent, name, AtFlags::empty())
        }
        done => done,
    }
}

fn remove_empty(parent: &OwnedFd, name: &CStr) -> Result<(), Errno> {
    match unlinkat(parent, name, AtFlags::REMOVEDIR) {
        // Something was moved up into it.
        Err(Errno::NOENT) => Ok(()),
        done => done,
    }
}

/// Something that is mounted at or below a path.
fn mounted_below(path: &str) -> Option<String> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let places = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    places.map(unescaped).find(|place| Path::new(place).starts_with(path))
}

/// The kernel writes blanks and the like as `\040`.
fn unescaped(text: &str) -> String {
    let mut parts = text.split('\\');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                out.push(char::from(code));
                out.push_str(&part[3..]);
            }
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree() -> (tempfile::TempDir, Tree) {
        let directory = tempfile::tempdir().unwrap();
        let tree = Tree::open(directory.path()).unwrap();
        (directory, tree)
    }

    #[test]
    fn all_that_is_in_it_goes_and_nothing_else() {
        let (directory, tree) = tree();
        let path = directory.path();
        fs::create_dir_all(path.join("root/a/b/c")).unwrap();
        fs::create_dir_all(path.join("outside")).unwrap();
        fs::write(path.join("outside/precious"), "kept").unwrap();
        fs::write(path.join("root/a/file"), "gone").unwrap();
        symlink("../../outside", path.join("root/a/link")).unwrap();
        symlink(path.join("outside"), path.join("root/absolute")).unwrap();
        let odd = std::ffi::OsStr::from_bytes(b"not \xff utf-8");
        fs::write(path.join("root").join(odd), "").unwrap();
        tree.remove_tree("/root").unwrap();
        assert!(!path.join("root").exists());
        assert_eq!(fs::read_to_string(path.join("outside/precious")).unwrap(), "kept");
        tree.remove_tree("/root").unwrap();
        tree.remove_tree("/nowhere/at/all").unwrap();

        // The root itself may be a link that somebody put there.
        symlink("outside", path.join("root")).unwrap();
        tree.remove_tree("/root").unwrap();
        assert!(path.join("root").symlink_metadata().is_err());
        assert_eq!(fs::read_to_string(path.join("outside/precious")).unwrap(), "kept");
    }

    #[test]
    fn directories_may_be_in_each_other_as_deep_as_they_like() {
        let (directory, tree) = tree();
        fs::create_dir(directory.path().join("root")).unwrap();
        fs::create_dir(directory.path().join("root/.conex-purge-1")).unwrap();
        // Deeper than a path may be long, so made from within.
        let open = |at: &OwnedFd, name: &str| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            rustix::fs::openat(at, name, flags, Mode::empty()).unwrap()
        };
        let top: OwnedFd = fs::File::open(directory.path()).unwrap().into();
        let mut at = open(&top, "root");
        for i in 0..3000 {
            rustix::fs::mkdirat(&at, "d", Mode::from_raw_mode(0o755)).unwrap();
            if i % 100 == 0 {
                symlink(
                    "nowhere",
                    format!("/proc/self/fd/{}/link", std::os::fd::AsRawFd::as_raw_fd(&at)),
                )
                .unwrap();
            }
            at = open(&at, "d");
        }
        tree.remove_tree("/root").unwrap();
        assert!(!directory.path().join("root").exists());
    }

    #[test]
    fn the_kernels_way_of_writing_places_is_read() {
        assert_eq!(unescaped(r"/a\040b\134c"), r"/a b\c");
        assert_eq!(mounted_below("/proc").as_deref(), Some("/proc"));
        assert_eq!(mounted_below("/nowhere"), None);
    }

    use std::os::unix::ffi::OsStrExt as _;
}
