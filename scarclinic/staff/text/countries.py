"""Countries by ISO 3166, whose telephones and public holidays the libraries know."""


def country_choices() -> list[tuple[str, str]]:
    """Return [(two-letter code, English name)], by name."""
    # 250 modules wait behind it until a country's holidays are asked for.
    from holidays.registry import COUNTRIES

    choices = [
        (codes[1], key.replace("_", " ").title()) for key, codes in COUNTRIES.items()
    ]
    return sorted(choices, key=lambda choice: choice[1])


def subdivisions(country_code: str) -> tuple[str, ...]:
    """Return the codes of a country's parts that may have other public holidays."""
    import holidays

    if not country_code:
        return ()
    return tuple(holidays.country_holidays(country_code).subdivisions)
