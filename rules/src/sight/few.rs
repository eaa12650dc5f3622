//! Lists of which there are as many as records, and which mostly have one item.

/// A list; one item takes no room of its own.
#[derive(Clone, Debug)]
pub(super) enum Few<T> {
    One(T),
    Others(Vec<T>),
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self::Others(Vec::new())
    }
}

impl<T> Few<T> {
    pub(super) fn as_slice(&self) -> &[T] {
        match self {
            Self::One(item) => std::slice::from_ref(item),
            Self::Others(items) => items,
        }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::One(item) => std::slice::from_mut(item),
            Self::Others(items) => items,
        }
    }

    pub(super) fn push(&mut self, item: T) {
        *self = match std::mem::take(self) {
            Self::One(first) => Self::Others(vec![first, item]),
            Self::Others(items) if items.is_empty() => Self::One(item),
            Self::Others(mut items) => {
                items.push(item);
                Self::Others(items)
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_in_the_order_in_which_they_came() {
        let mut few = Few::default();
        for count in 0..5_u32 {
            assert_eq!(few.as_slice(), (0..count).collect::<Vec<_>>());
            few.push(count);
        }
        few.as_mut_slice().reverse();
        assert_eq!(few.as_slice(), [4, 3, 2, 1, 0]);
        assert_eq!(size_of::<Few<(u32, usize)>>(), size_of::<Vec<u32>>());
    }
}
