//! The sort of `builtins.sort`: peeksort, a stable merge sort that makes use
//! of runs that are sorted already (Munro and Wild, 2018).
//!
//! The comparison may fail, and need not be an order: the result is then some
//! order, and the one that Nix has, because the same elements are compared.

use crate::error::Result;

/// Up to so many elements are sorted by insertion.
const FEW: usize = 16;

/// Sorts by a comparison that tells whether the first comes before the second.
pub(super) fn sort<T: Copy>(
    items: &mut [T],
    less: &mut impl FnMut(T, T) -> Result<bool>,
) -> Result<()> {
    match items.len() {
        0 | 1 => Ok(()),
        2 => {
            if less(items[1], items[0])? {
                items.swap(0, 1);
            }
            Ok(())
        }
        length => {
            let mut sorter = Sorter { spare: items.to_vec(), items, less };
            sorter.sort(Part { begin: 0, left: 0, right: length, end: length })
        }
    }
}

/// A part of the items of which what is before `left` and what is from `right`
/// on are sorted.
#[derive(Clone, Copy)]
struct Part {
    begin: usize,
    left: usize,
    right: usize,
    end: usize,
}

struct Sorter<'a, T, F> {
    items: &'a mut [T],
    spare: Vec<T>,
    less: &'a mut F,
}

impl<T: Copy, F: FnMut(T, T) -> Result<bool>> Sorter<'_, T, F> {
    fn less(&mut self, a: usize, b: usize) -> Result<bool> {
        (self.less)(self.items[a], self.items[b])
    }

    fn sort(&mut self, part: Part) -> Result<()> {
        let Part { begin, left, right, end } = part;
        if left == end || right == begin {
            return Ok(());
        }
        if end - begin <= FEW {
            return self.insert(begin, end);
        }
        let middle = begin + (end - begin) / 2;
        if middle <= left {
            self.sort(Part { begin: left, left: left + 1, ..part })?;
            return self.merge(begin, left, end);
        }
        if middle >= right {
            self.sort(Part { right: right - 1, end: right, ..part })?;
            return self.merge(begin, right, end);
        }
        let (start, stop) = self.run_around(middle, left, right)?;
        if start == begin && stop == end {
            return Ok(());
        }
        // Split at the end of the run that is nearer to the middle.
        let split = if middle - start < stop - middle {
            self.sort(Part { right: start - 1, end: start, ..part })?;
            self.sort(Part { begin: start, left: stop, ..part })?;
            start
        } else {
            self.sort(Part { right: start, end: stop, ..part })?;
            self.sort(Part { begin: stop, left: stop + 1, ..part })?;
            stop
        };
        self.merge(begin, split, end)
    }

    /// The run that contains the item before `middle`, rising afterwards.
    fn run_around(&mut self, middle: usize, left: usize, right: usize) -> Result<(usize, usize)> {
        let falling = self.less(middle, middle - 1)?;
        let mut start = middle - 1;
        while start > left && self.less(start, start - 1)? == falling {
            start -= 1;
        }
        let mut stop = middle;
        while stop != right && self.less(stop, stop - 1)? == falling {
            stop += 1;
        }
        if falling {
            self.items[start..stop].reverse();
        }
        Ok((start, stop))
    }

    fn insert(&mut self, begin: usize, end: usize) -> Result<()> {
        for next in begin + 1..end {
            let mut place = next;
            while place > begin && self.less(place, place - 1)? {
                self.items.swap(place, place - 1);
                place -= 1;
            }
        }
        Ok(())
    }

    /// Merges two sorted neighbours; of equals the left one comes first.
    fn merge(&mut self, begin: usize, middle: usize, end: usize) -> Result<()> {
        self.spare[begin..end].copy_from_slice(&self.items[begin..end]);
        let (mut left, mut right, mut out) = (begin, middle, begin);
        while left < middle && right < end {
            let from = if (self.less)(self.spare[right], self.spare[left])? {
                &mut right
            } else {
                &mut left
            };
            self.items[out] = self.spare[*from];
            *from += 1;
            out += 1;
        }
        let rest = middle - left;
        self.items[out..out + rest].copy_from_slice(&self.spare[left..middle]);
        self.items[out + rest..end].copy_from_slice(&self.spare[right..end]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::sort;
    use crate::error::Error;

    #[test]
    fn it_sorts_stably() {
        for length in [0, 1, 2, 3, 16, 17, 100, 1000] {
            let mut items: Vec<(u64, usize)> =
                (0..length).map(|i| ((i as u64 * 7919) % 13, i)).collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|(key, _)| *key);
            sort(&mut items, &mut |a, b| Ok(a.0 < b.0)).unwrap();
            assert_eq!(items, wanted);
        }
    }

    #[test]
    fn it_minds_no_odd_comparison() {
        for length in [3, 17, 60, 333] {
            for odd in 0..8_u64 {
                let mut items: Vec<u64> = (0..length).map(|i| i * 37 % 64).collect();
                let mut wanted = items.clone();
                sort(&mut items, &mut |a, b| Ok((a * a + b * 5 + odd) & 3 == 1)).unwrap();
                items.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(items, wanted);
            }
        }
    }

    #[test]
    fn a_failing_comparison_ends_it() {
        let fails = &mut |_, _| Err(Error::type_error("no"));
        assert!(sort(&mut [3, 2, 1], fails).is_err());
    }
}
