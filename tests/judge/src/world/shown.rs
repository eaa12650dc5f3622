//! A world on paper, one row a line, for when a property fails.

use std::fmt;

use super::World;

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order =
            self.view.order().iter().map(|key| format!("{}{}", self.view.field(key.field).unwrap().name, if key.descending { " desc" } else { "" }));
        writeln!(
            f,
            "order {:?}, {}, {:?}, silence {:?}, in doubt {:?}",
            order.collect::<Vec<_>>(),
            self.view.locale(),
            self.combine,
            self.silence,
            self.doubts
        )?;
        let tree = |tree: &Option<super::tree::Tree>| tree.as_ref().map_or("none".to_owned(), ToString::to_string);
        let shelf = &self.shelf;
        writeln!(
            f,
            "cap {}, caps {:?}, pinned {}, bound {}, default {}",
            shelf.cap,
            shelf.caps,
            shelf.is_pinned,
            tree(&shelf.bound),
            tree(&shelf.default)
        )?;
        shelf.suppressions.iter().try_for_each(|tree| writeln!(f, "suppressed {tree}"))?;
        self.users.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.holds.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.implies.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.deputies.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.records.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.phones.iter().chain(&self.companies).try_for_each(|row| writeln!(f, "{row:?}"))?;
        for law in &self.laws {
            writeln!(f, "{:?}", law.shape)?;
            law.rows.iter().try_for_each(|row| writeln!(f, "  {row:?}"))?;
            law.exempt.iter().try_for_each(|row| writeln!(f, "  {row:?}"))?;
        }
        self.bars.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.field_rights.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.field_exempt.iter().try_for_each(|row| writeln!(f, "field rights: {row:?}"))?;
        self.subscriptions.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        self.filters.iter().try_for_each(|row| writeln!(f, "{} in {:?}: {}", row.holder, row.book, tree(&row.tree)))?;
        self.doubtful.iter().try_for_each(|row| writeln!(f, "{row:?}"))?;
        writeln!(f, "erased {:?}", self.erased)
    }
}
