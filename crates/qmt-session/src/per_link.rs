//! Something of each link.

use qmt_proto::LinkId;

/// The first link.
pub(crate) const FIRST: LinkId = LinkId::ALL[0];

/// One value for each link. A link is always among them: nobody need say what happens otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PerLink<T>(pub(crate) [T; LinkId::COUNT]);

impl<T> PerLink<T> {
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    pub(crate) fn of(&self, link: LinkId) -> &T {
        let [first, rest @ ..] = &self.0;
        rest.get(link.index().wrapping_sub(1)).unwrap_or(first)
    }

    pub(crate) fn of_mut(&mut self, link: LinkId) -> &mut T {
        let [first, rest @ ..] = &mut self.0;
        rest.get_mut(link.index().wrapping_sub(1)).unwrap_or(first)
    }

    /// With the link each is of.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (LinkId, &mut T)> {
        LinkId::ALL.into_iter().zip(&mut self.0)
    }
}

/// All links, beginning with `first`.
pub(crate) fn all_from(first: LinkId) -> impl Iterator<Item = LinkId> {
    core::iter::successors(Some(first), |link| Some(after(*link))).take(LinkId::COUNT)
}

/// The next link, after the last one the first.
pub(crate) fn after(link: LinkId) -> LinkId {
    LinkId::new(link.get() + 1).unwrap_or(FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_has_its_own_value() {
        let mut each = PerLink([0; LinkId::COUNT]);
        for link in LinkId::ALL {
            *each.of_mut(link) += 10 + link.get();
        }
        assert_eq!(each.0, [10, 11, 12, 13, 14]);
        for (link, value) in each.iter_mut() {
            assert_eq!(*value, 10 + link.get());
        }
        assert_eq!(LinkId::ALL.map(|link| *each.of(link)), each.0);
    }

    #[test]
    fn every_link_has_its_turn_whoever_begins() {
        for first in LinkId::ALL {
            let order: std::vec::Vec<u8> = all_from(first).map(LinkId::get).collect();
            let expected = (0..5).map(|n| (first.get() + n) % 5);
            assert!(expected.eq(order.iter().copied()), "{order:?}");
        }
    }

    extern crate std;
}
