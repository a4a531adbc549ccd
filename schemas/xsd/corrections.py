"""What the typed models of the packages do not tell, found by comparing them with official XSDs.

Each entry was needed for at least one message; the digest of every message proves that the result is right.
"""

CHOICES = frozenset(
    {
        # 2009 editions: a choice whose name does not end in "Choice"
        "CashAccountType2",
        "CashBalanceAvailabilityDate1",
    }
)
"""Complex types that are choices though their names do not say so."""

OPTIONAL_BRANCHES = frozenset(
    {
        # a branch with minOccurs 0 makes the empty choice legal; a dataclass shows 0 and 1 alike
        ("MandateRelatedData1Choice", "DrctDbtMndt"),
        ("MandateRelatedData1Choice", "CdtTrfMndt"),
        ("MandateRelatedData2Choice", "DrctDbtMndt"),
        ("MandateRelatedData2Choice", "CdtTrfMndt"),
        ("MandateRelatedData3Choice", "DrctDbtMndt"),
        ("MandateRelatedData3Choice", "CdtTrfMndt"),
        ("References74Choice", "CtrPtyMktInfrstrctrTxId"),
    }
)
"""(choice, branch) pairs whose branch has minOccurs 0."""

YEAR_MONTHS = frozenset({"FctvDt", "XpryDt"})
"""Elements that are xs:gYearMonth; the models call every kind of period XmlPeriod, all others here are xs:gYear."""

DATE_TIMES = frozenset({("head.001.001.01", "CreDt")})
"""(message, element) pairs that are xs:dateTime with a pattern; the models call them str."""

WILDCARD_PROCESSING = "lax"
"""processContents where the models say nothing: no ISO 20022 payment schema has a strict wildcard."""
