namespace LlmTelemetry.CostExporter;

/// <summary>Which records to read. Everything that is set must hold.</summary>
public sealed record UsageRecordQuery
{
    /// <summary>Only calls that ended at or after this moment.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only calls that ended before this moment.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Only calls whose dimension has exactly this value; null: calls that did not say. Not for <see cref="SpendDimension.Day"/>.</summary>
    public IReadOnlyDictionary<SpendDimension, string?> Where { get; init; } = new Dictionary<SpendDimension, string?>();

    /// <summary>Only calls whose tag has exactly this value; null: calls without it.</summary>
    public IReadOnlyDictionary<string, string?> WhereTags { get; init; } = new Dictionary<string, string?>();

    /// <summary>True: only completed calls; false: only those that did not complete; null: all.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>Only failures of this type (<c>429</c>).</summary>
    public string? ErrorType { get; init; }

    /// <summary>The earliest call first, instead of the latest.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>How many records a page has at most. 1 to 10,000.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>Where the page begins: <see cref="UsageRecordPage.Next"/> of the one before it; null: at the beginning.</summary>
    public string? After { get; init; }
}

/// <summary>A page of records.</summary>
/// <param name="Records">The records, in the order asked for.</param>
/// <param name="Next">Where the next page begins; null: this was the last one.</param>
public sealed record UsageRecordPage(IReadOnlyList<UsageRecord> Records, string? Next);
