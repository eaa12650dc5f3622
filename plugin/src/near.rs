//! The nearest name to one that does not exist, for people who mistyped it.

/// The nearest of the known names, if one is near enough to be meant.
pub fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let wanted = name.to_lowercase();
    if wanted.chars().nth(100).is_some() {
        return None;
    }
    let bound = (wanted.chars().count() / 3).clamp(1, 4);
    let away = |other: &str| strsim::damerau_levenshtein(&wanted, &other.to_lowercase());
    let (distance, found) = known.into_iter().map(|other| (away(other), other)).min_by_key(|(distance, _)| *distance)?;
    (distance <= bound).then_some(found)
}
