using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Settings of the cost exporter. Copied when it starts.</summary>
public sealed class CostExporterOptions
{
    private const int MaxTags = 16;
    private const int MaxTagLength = 64;

    /// <summary>
    /// Where aggregates are kept: <c>sqlite:FILE</c>, <c>sqlite::memory:</c>, <c>redis://[user:password@]HOST:PORT[/db][,HOST:PORT...]</c>,
    /// <c>rediss://...</c> (TLS; <c>?ca=FILE</c> names a PEM file of a private authority to trust) or <c>redis:HOST:PORT</c>. Default: <c>sqlite:llmtelemetry.db</c> in the current folder.
    /// </summary>
    /// <exception cref="FormatException">The address is not one of these forms.</exception>
    public string Store
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _ = StoreAddress.Parse(value);
            field = value;
            OwnStore = null;
        }
    }
    = "sqlite:llmtelemetry.db";

    /// <summary>How often increments are sent to the store. Default 10 s; <see cref="Timeout.InfiniteTimeSpan"/>: only by <c>FlushAsync</c> and at the end.</summary>
    public TimeSpan Interval
    {
        get;
        set => field = value == Timeout.InfiniteTimeSpan ? value : Waitable(value, nameof(Interval), ", or Timeout.InfiniteTimeSpan");
    }
    = TimeSpan.FromSeconds(10);

    /// <summary>The zone whose days and months are kept. Default UTC. One store has one zone.</summary>
    public TimeZoneInfo TimeZone
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    }
    = TimeZoneInfo.Utc;

    /// <summary>How long hour rows are kept. Default 8 days.</summary>
    public TimeSpan HourRetention { get; set => field = Positive(value, nameof(HourRetention)); } = TimeSpan.FromDays(8);

    /// <summary>How long day rows are kept. Default 400 days.</summary>
    public TimeSpan DayRetention { get; set => field = Positive(value, nameof(DayRetention)); } = TimeSpan.FromDays(400);

    /// <summary>How long month rows are kept. Default 10 years.</summary>
    public TimeSpan MonthRetention { get; set => field = Positive(value, nameof(MonthRetention)); } = TimeSpan.FromDays(3653);

    /// <summary>Time limit of each call to the store. Default 5 s.</summary>
    public TimeSpan StoreTimeout { get; set => field = Waitable(value, nameof(StoreTimeout)); } = TimeSpan.FromSeconds(5);

    /// <summary>How long <c>DisposeAsync</c> (and the end of a host) tries to send what is left. Default 5 s.</summary>
    public TimeSpan ShutdownTimeout { get; set => field = Waitable(value, nameof(ShutdownTimeout)); } = TimeSpan.FromSeconds(5);

    /// <summary>Starts every key in Redis. Default <c>llm</c>. Letters, digits, <c>.</c>, <c>_</c>, <c>-</c> and <c>:</c>.</summary>
    public string KeyPrefix
    {
        get;
        set => field = !string.IsNullOrEmpty(value) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or ':')
            ? value
            : throw new ArgumentException($"{nameof(KeyPrefix)} '{value}' may hold only letters, digits, '.', '_', '-' and ':', and at least one of them.", nameof(value));
    }
    = "llm";

    /// <summary>
    /// What rows are kept apart by. Default: every dimension but the price version, which would make a row of each day's price book. Those left out are
    /// added up: reports cannot tell them apart, and sums stay exact.
    /// Conversations and sessions, of which there is no end, are kept by the hour alone. Not <see cref="SpendDimension.Day"/>, which every row has.
    /// </summary>
    /// <exception cref="ArgumentException">It names a day, or what is no dimension.</exception>
    public IReadOnlySet<SpendDimension> Dimensions
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            foreach (var dimension in value.Where(dimension => !SpendDimensions.Kept.Contains(dimension)))
            {
                throw new ArgumentException($"{nameof(Dimensions)}: '{dimension}' is nothing to keep rows apart by; these are: {SpendDimensions.KeptWords}.", nameof(value));
            }

            field = value.ToHashSet();
        }
    }
    = SpendDimensions.KeptByDefault;

    /// <summary>
    /// Names of the tags that rows are kept apart by, each value a row of its own in hours, days and months: tags of few values. Default: none.
    /// At most 16; letters, digits, <c>.</c>, <c>_</c> and <c>-</c>.
    /// </summary>
    /// <exception cref="ArgumentException">A name is none, or there are too many.</exception>
    public IReadOnlyCollection<string> Tags
    {
        get;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            string[] names = [.. value.Distinct()];
            if (Array.Find(names, name => !IsTagName(name)) is { } wrong)
            {
                throw new ArgumentException($"{nameof(Tags)}: '{wrong}' is no name of a tag: at most {MaxTagLength} letters, digits, '.', '_' and '-', such as plan or region.", nameof(value));
            }

            field = names.Length <= MaxTags ? names : throw new ArgumentException($"{nameof(Tags)}: there are {names.Length}; at most {MaxTags} are kept.", nameof(value));
        }
    }
    = [];

    /// <summary>
    /// A folder on a local disk in which what is not in the store yet is written down, so that it survives the death of the process. Several processes may
    /// share it. Default null: a process that is killed loses at most one <see cref="Interval"/>.
    /// </summary>
    /// <exception cref="ArgumentException">It is empty.</exception>
    public string? Journal
    {
        get;
        set => field = value is null || !string.IsNullOrWhiteSpace(value)
            ? value
            : throw new ArgumentException($"{nameof(Journal)} '{value}' is no path: it must be that of a folder on a local disk, or null for no journal.", nameof(value));
    }

    /// <summary>How much the journal may take on disk. Default 256 MiB; what does not fit is kept in memory alone, and counted.</summary>
    public long JournalMaxBytes
    {
        get;
        set => field = value >= 1 << 20 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(JournalMaxBytes)} must be at least 1 MiB.");
    }
    = 256L << 20;

    /// <summary>Whether sums are kept: what reports, the ledger's gauges and budgets read. Default true. A report of a ledger that never kept any says so.</summary>
    public bool Aggregates { get; set; } = true;

    /// <summary>Whether what single sessions used is kept for reading while they run (<see cref="UsageReports.GetSessionAsync(string, CancellationToken)"/>). Default true.</summary>
    public bool LiveSessions { get; set; } = true;

    /// <summary>Records of single calls.</summary>
    public RecordOptions Records { get; private set; } = new();

    /// <summary>
    /// Whether this process publishes the ledger's own gauges (<c>llm.ledger.*</c>, <c>llm.ledger.budget</c>) on the meter
    /// <c>LlmTelemetry.CostExporter</c>. Default false: one process per store is enough, and each one reads the store for it.
    /// </summary>
    public bool LedgerGauges { get; set; }

    /// <summary>
    /// Daily budgets in USD, published as <c>llm.ledger.budget</c> beside the ledger's gauges for alerts to compare with: keys are <c>total</c>,
    /// <c>provider:NAME</c>, <c>model:NAME</c>, <c>user:ID</c>, <c>feature:NAME</c>, <c>tenant:NAME</c>. They alert; they do not refuse calls.
    /// </summary>
    public IDictionary<string, decimal> DailyBudgets { get; private set; } = new Dictionary<string, decimal>(StringComparer.Ordinal);

    /// <summary>
    /// How many users, those with the highest spend, the ledger's gauges name beside those with a budget; the others are summed as <c>_other</c>. Default 200.
    /// Fewer where users times models, of this hour, this day and this month, would pass the 2,000 points that the metrics SDK keeps.
    /// </summary>
    public int LedgerGaugeUsers
    {
        get;
        set => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"{nameof(LedgerGaugeUsers)} must be positive.");
    }
    = 200;

    /// <summary>Where usage events come from. Default the process-wide hub.</summary>
    public UsageHub Hub { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = UsageHub.Default;

    /// <summary>Prices for the metrics of other libraries. Default the embedded book.</summary>
    public PriceBook Prices { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = PriceBook.Embedded;

    /// <summary>
    /// What is charged on, and which features are not tracked: for the metrics of other libraries, and for trackers that are made with the same
    /// service provider, unless it holds other <see cref="MarkupRules"/>. Default null: everything is tracked, nothing is charged on.
    /// </summary>
    public MarkupRules? Markup { get; set; }

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider TimeProvider { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = TimeProvider.System;

    /// <summary>What <see cref="UseStore"/> said, unless <see cref="Store"/> was set since.</summary>
    internal Func<StoreSettings, ISpendStore>? OwnStore { get; private set; }

    /// <summary>Where aggregates are kept, for people.</summary>
    internal string Place => OwnStore is null ? StoreAddress.Parse(Store).Place : "a store of the application's own";

    /// <summary>
    /// Keeps aggregates in a store of the application's own. Of this and <see cref="Store"/> the last said holds; what is said in code is said after the
    /// configuration.
    /// </summary>
    /// <param name="create">
    /// Makes the store, once for each exporter or reader that starts, which disposes it at its end. Not yet connected: that is <see cref="ISpendStore.OpenAsync"/>.
    /// </param>
    public void UseStore(Func<StoreSettings, ISpendStore> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        OwnStore = create;
    }

    /// <summary>What an exporter keeps: later changes of these options are nobody's.</summary>
    internal CostExporterOptions Copy()
    {
        var copy = (CostExporterOptions)MemberwiseClone();
        copy.DailyBudgets = new Dictionary<string, decimal>(DailyBudgets, StringComparer.Ordinal);
        copy.Records = Records.Copy();
        return copy;
    }

    internal StoreSettings ToStoreSettings() =>
        new(KeyPrefix, TimeZone, HourRetention, DayRetention, MonthRetention, StoreTimeout, TimeProvider)
        {
            Dimensions = Dimensions,
            Tags = Tags,
            Aggregates = Aggregates,
            LiveSessions = LiveSessions,
        };

    private static bool IsTagName(string name) =>
        name.Length is > 0 and <= MaxTagLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');

    // Timers take no less and not much more.
    private static TimeSpan Waitable(TimeSpan value, string name, string orElse = "") =>
        value >= TimeSpan.FromMilliseconds(1) && value <= TimeSpan.FromDays(24)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from a millisecond to 24 days{orElse}.");

    private static TimeSpan Positive(TimeSpan value, string name) =>
        value > TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive.");
}
