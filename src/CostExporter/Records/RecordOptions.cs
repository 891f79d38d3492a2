namespace LlmTelemetry.CostExporter;

/// <summary>Where records of single calls are kept, and how many.</summary>
public sealed class RecordOptions
{
    /// <summary>Where they are kept. Default: in the ledger's store.</summary>
    public RecordKeeping Keep { get; set; } = RecordKeeping.Store;

    /// <summary>The file, where they are kept in one: <c>.jsonl</c> JSON Lines, <c>.csv</c>, or <c>.json</c> (an array, written when the exporter ends). Setting it chooses <see cref="RecordKeeping.File"/>. Default <c>./usage-logs.jsonl</c>.</summary>
    public string Path
    {
        get;
        set
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
            Keep = RecordKeeping.File;
        }
    }
    = "./usage-logs.jsonl";

    /// <summary>How many are kept in memory or in the store; the oldest go first. Default 10,000.</summary>
    public int MaxRecords { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxRecords)} must be positive."); } = 10_000;

    /// <summary>How long they are kept in Redis or SQLite. Default 30 days.</summary>
    public TimeSpan Retention { get; set => field = value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(Retention)} must be positive."); } = TimeSpan.FromDays(30);

    /// <summary>How long a file grows until the next one is begun, in bytes. Default 100 MB.</summary>
    public long MaxFileBytes { get; set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxFileBytes)} must be positive."); } = 100_000_000;

    /// <summary>How many files are kept, the one that is written included; the oldest go first. 1 to 1,000. Default 10.</summary>
    public int MaxFiles { get; set => field = value is > 0 and <= 1000 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(MaxFiles)} must be from 1 to 1000."); } = 10;

    internal RecordOptions Copy() => (RecordOptions)MemberwiseClone();
}

/// <summary>Where records of single calls are kept.</summary>
public enum RecordKeeping
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>In the memory of the process.</summary>
    Memory,

    /// <summary>In the ledger's store: Redis or SQLite.</summary>
    Store,

    /// <summary>In a file of their own.</summary>
    File,
}
