using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>How calls are tracked. Read once, when the client is wrapped: later changes have no effect.</summary>
public sealed class UsageTrackingOptions
{
    // Null: not said, so that what a service provider holds can stand in.
    private PriceBook? _prices;
    private UsageHub? _hub;
    private TimeProvider? _timeProvider;
    private TrackingDefaults? _defaults;
    private bool? _enabled;
    private string? _clientId;
    private string? _environment;

    /// <summary>
    /// Whether calls are tracked. False: every call goes straight to the client inside, without our keys, and nothing is counted. Default: what the
    /// configuration says (<see cref="TrackingDefaults"/>: <c>LlmTelemetry__Enabled=false</c>), else true.
    /// </summary>
    public bool Enabled
    {
        get => _enabled ?? _defaults?.Enabled ?? TrackingDefaults.FromEnvironment().Enabled ?? true;
        set => _enabled = value;
    }

    /// <summary>
    /// The application or service that makes the calls, where nothing closer to a call says: <see cref="LlmTelemetry.Usage.Attribution.Client"/>. Default:
    /// what the configuration says (<see cref="TrackingDefaults"/>: <c>LlmTelemetry__ClientId</c>), else null.
    /// </summary>
    /// <exception cref="ArgumentException">It is blank, too long or has control characters.</exception>
    public string? ClientId
    {
        get => _clientId ?? _defaults?.ClientId ?? TrackingDefaults.FromEnvironment().ClientId;
        set => _clientId = new TrackingDefaults { ClientId = value }.ClientId;
    }

    /// <summary>
    /// Where that is deployed, where nothing closer to a call says: <see cref="LlmTelemetry.Usage.Attribution.Environment"/>. Default: what the
    /// configuration says (<see cref="TrackingDefaults"/>: <c>LlmTelemetry__Environment</c>), else null.
    /// </summary>
    /// <exception cref="ArgumentException">It is blank, too long or has control characters.</exception>
    public string? Environment
    {
        get => _environment ?? _defaults?.Environment ?? TrackingDefaults.FromEnvironment().Environment;
        set => _environment = new TrackingDefaults { Environment = value }.Environment;
    }

    /// <summary>The prices. Default: <see cref="PriceBook.Embedded"/>.</summary>
    public PriceBook Prices
    {
        get => _prices ?? PriceBook.Embedded;
        set => _prices = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Where the event of each finished call goes. Default: <see cref="UsageHub.Default"/>.</summary>
    public UsageHub Hub
    {
        get => _hub ?? UsageHub.Default;
        set => _hub = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>The clock. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider
    {
        get => _timeProvider ?? TimeProvider.System;
        set => _timeProvider = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>
    /// What is charged on for calls, and which features are not tracked at all. Default: null: everything is tracked, nothing is charged on.
    /// </summary>
    public MarkupRules? Markup { get; set; }

    /// <summary>
    /// How many different users, tenants, features and unknown model names, each, the metrics of this process keep; the rest is folded into
    /// <c>_other</c>. Events and spans always carry the exact value. Default: 200, which with the combinations' own limit stays below the 2,000
    /// series that OpenTelemetry's SDK keeps of an instrument; a larger number wants a view with a larger limit. At least 0.
    /// </summary>
    public int MaxAttributeValues
    {
        get;
        set => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Must not be negative.");
    } = 200;

    /// <summary>Whether spans carry the cost (<c>gen_ai.usage.cost.*</c>) and the charge (<c>llm.charge.amount</c>). Default: true.</summary>
    public bool SpanCost { get; set; } = true;

    /// <summary>
    /// Whether the cost is also told by the name that OpenLIT uses, <c>gen_ai.usage.cost</c>: as a histogram in USD with the attributes that the
    /// dashboards of OpenLIT and Grafana Cloud filter by, and on spans (docs/metrics.md). Default: false.
    /// </summary>
    public bool CostAlias { get; set; }

    /// <summary>
    /// Whether <c>answer.GetUsageCost()</c> tells what a call used and cost. Default: true, which takes some 200 bytes a call for as long as
    /// its answer lives, and tracks calls also where nobody else listens.
    /// </summary>
    public bool ResponseCost { get; set; } = true;

    /// <summary>
    /// For a tracker around a cache of the application's own that has another tracker inside: an answer for which no tracker inside was asked came
    /// from the cache, and is recorded as saved cost (one event with <see cref="UsageEvent.SavedPico"/>, which is no call and has no cost). Calls that
    /// the cache lets through are recorded by the tracker inside, as always. Default: false. Without a tracker inside it makes cache hits of calls.
    /// </summary>
    public bool SavedCost { get; set; }

    /// <summary>
    /// Called with each finished call, after its metrics and its event, on the thread that the call ends on and many at a time: fast,
    /// thread-safe, without I/O. What it throws is counted and never reaches the call. Also called, with <see cref="UsageEvent.Calls"/> 0, when the
    /// usage of an answer becomes known that is fetched later. Default: null.
    /// </summary>
    public UsageCallback? OnCompleted { get; set; }

    /// <summary>
    /// Whether the usage of a chat that its provider does not report is estimated from its text: a token for 4 ASCII characters or for 1 other one
    /// (<see cref="CostCalculator.TokensOf(ReadOnlySpan{char})"/>), of messages and instructions sent, and of text, reasoning and tool calls received. Such
    /// calls have the quality <see cref="CostQuality.Estimated"/>. The text is counted and not kept; messages that are no collection are copied into one.
    /// Default: false: what was not reported is not known.
    /// </summary>
    public bool EstimateUsage { get; set; }

    /// <summary>
    /// Whether each report of usage in a stream holds those before it, so that the last one counts. False: they add up, as Microsoft.Extensions.AI
    /// has it. Default: null: Google's hold those before, others' add up; but of a chat whose every report says the same input again, and no other count
    /// below that of the report before, the last one counts and the call is flagged as inconsistent.
    /// </summary>
    public bool? CumulativeUsage { get; set; }

    /// <summary>
    /// Attributes a call as far as neither its own options nor the ambient <see cref="UsageScope"/> nor <see cref="Baggage"/> say. Called at the start of each call,
    /// on the caller's thread and many at a time; what it throws is reported and the call goes on. Default: null.
    /// </summary>
    public Func<Attribution>? Attribution { get; set; }

    /// <summary>
    /// The keys of the baggage (OpenTelemetry's, then that of the current <see cref="System.Diagnostics.Activity"/>) that attribute a call as far as neither
    /// its own options nor the ambient <see cref="UsageScope"/> say. <c>user.id</c>, <c>session.id</c>, <c>gen_ai.conversation.id</c>, <c>llm.tenant</c>,
    /// <c>llm.feature</c>, <c>llm.tier</c>, <c>llm.client</c> and <c>deployment.environment.name</c> are what they say, others become tags. Default: none:
    /// baggage comes from the network, and whoever sends it says who pays.
    /// </summary>
    /// <exception cref="ArgumentException">A key is blank, or longer than the 64 UTF-16 units that a tag's name may have.</exception>
    public IReadOnlyList<string> Baggage
    {
        get;
        set => field = BaggageReader.Check(value);
    } = [];

    /// <summary>
    /// The key with which users' ids are hashed (HMAC-SHA256, 64 characters of lower-case hex): then the id itself is in no event, ledger, metric,
    /// span or callback, and spans and metrics carry <c>user.hash</c> in the place of <c>user.id</c>. The same key and id give the same hash in every
    /// process. Another value of the call that equals the id (a tenant, a tag) is hashed, too. At least 16 bytes, better 32 random ones. Default:
    /// null: ids stay as they are.
    /// </summary>
    /// <exception cref="ArgumentException">It has less than 16 bytes.</exception>
    public ReadOnlyMemory<byte>? UserHashKey
    {
        get;
        set
        {
            UserHashes = value is { } key ? new UserHashes(key.Span) : null;
            field = value?.ToArray();
        }
    }

    internal UserHashes? UserHashes { get; private set; }

    /// <summary>
    /// The provider's service tier of this client's calls, where neither the answer nor the call says: <c>batch</c>, <c>flex</c>, <c>priority</c>.
    /// <c>provisioned</c> or <c>ptu</c> (capacity paid by the hour, so tokens cost nothing) goes before what they say: Azure answers such calls as
    /// standard ones. Providers whose answers do tell them apart need nothing here (Bedrock, Vertex). Default: null, the standard one.
    /// </summary>
    public string? ServiceTier
    {
        get;
        set => field = NotBlank(value);
    }

    /// <summary>
    /// Where the provider runs this client's calls, for models whose price depends on it: <c>us</c>, <c>eu</c>, <c>europe-west1</c>. An answer
    /// that says so goes first. Default: null, what the host of the client tells, else the list price.
    /// </summary>
    public string? Region
    {
        get;
        set => field = NotBlank(value);
    }

    internal static UsageTrackingOptions Make(Action<UsageTrackingOptions>? configure)
    {
        var options = new UsageTrackingOptions();
        configure?.Invoke(options);
        return options;
    }

    internal static UsageTrackingOptions Make(IServiceProvider services, Action<UsageTrackingOptions>? configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = From(services);
        configure?.Invoke(options);
        return options;
    }

    internal static UsageTrackingOptions From(IServiceProvider services)
    {
        var options = Find<UsageTrackingOptions>(services)?.Copy() ?? new UsageTrackingOptions();
        options._prices ??= Find<PriceBook>(services);
        options._hub ??= Find<UsageHub>(services);
        options._timeProvider ??= Find<TimeProvider>(services);
        options.Markup ??= Find<MarkupRules>(services);
        options._defaults ??= Find<TrackingDefaults>(services);
        return options;
    }

    internal UsageTrackingOptions Copy() => (UsageTrackingOptions)MemberwiseClone();

    private static string? NotBlank(string? value) =>
        value is null || !string.IsNullOrWhiteSpace(value) ? value?.Trim() : throw new ArgumentException("Must not be empty; null is the default.", nameof(value));

    private static T? Find<T>(IServiceProvider services)
        where T : class => services.GetService(typeof(T)) as T;
}
