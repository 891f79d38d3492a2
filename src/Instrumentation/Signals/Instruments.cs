using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The meter with its instruments, and the source of spans. One for the process. The standard metrics (<see cref="IStandardMetrics"/>) carry
/// standard attributes only; ours are read from <see cref="SeriesTable"/> when somebody collects, which costs a call a third as much.
/// </summary>
internal sealed class Instruments : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Meter _meter;
    private readonly IStandardMetrics _standard;
    private readonly Instrument[] _sums;
    private Histogram<double>? _costAlias; // Made only where a tracker offers it.
    private readonly Counter<long> _errors;
    private readonly SeriesTable _series = new();
    private readonly BooksInUse _books = new();
    private readonly HubsInUse _hubs = new();
    private readonly Action<IUsageSink, Exception> _sinkFailed;

    /// <param name="name">Of the meter and of the source.</param>
    /// <param name="conventions">Whose names the metrics and spans have. Settled here once: an instrument cannot be taken back.</param>
    public Instruments(string name, Conventions conventions = Conventions.V141)
    {
        var version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);
        var schema = conventions.SchemaUrl();
        _meter = new Meter(new MeterOptions(name) { Version = version, TelemetrySchemaUrl = schema });
        Source = new ActivitySource(new ActivitySourceOptions(name) { Version = version, TelemetrySchemaUrl = schema });
        Conventions = conventions;
        Nesting = new Nesting();
        _sinkFailed = (sink, cause) => Failed($"an event in {sink.GetType().Name}", cause);
        _standard = conventions == Conventions.Latest ? new LatestStandardMetrics(_meter, _series) : new StandardMetrics(_meter);
        _errors = _meter.CreateCounter<long>(Metrics.TelemetryErrors, Units.Error, "Failures of the telemetry itself, which the call did not feel.");
        Sessions = new SessionInstruments(_meter);
        Figures = new FigureTable(_meter, _series);
        _meter.CreateObservableGauge(Metrics.PriceAge, PriceAges, Units.Second, "Time since the day that the prices are of.");
        _meter.CreateObservableGauge(Metrics.UsageBooked, Booked, Units.One, "1 where this process books its calls in a ledger itself: whoever receives its telemetry must not.");
        _sums =
        [
            _meter.CreateObservableCounter(Metrics.UsageTokens, Tokens, Units.Token, "Tokens used, by disjoint bucket."),
            _meter.CreateObservableCounter(Metrics.UsageCost, Costs, Units.Usd, "Cost, by disjoint bucket."),
            _meter.CreateObservableCounter(Metrics.UsageCharge, Charges, Units.Usd, "What is charged on, with markup or discount."),
            _meter.CreateObservableCounter(Metrics.UsageSaved, Savings, Units.Usd, "What answers from a cache of the application's own would have cost."),
            _meter.CreateObservableCounter(Metrics.CacheHits, CacheHits, Units.Hit, "Answers from a cache of the application's own."),
            _meter.CreateObservableCounter(Metrics.UsageCalls, Calls, Units.Call, "Finished calls, by outcome."),
            _meter.CreateObservableCounter(Metrics.UsageDuration, Durations, Units.Second, "Time spent waiting for the provider."),
            _meter.CreateObservableCounter(Metrics.UsageInconsistent, Inconsistencies, Units.Call, "Calls whose reported counts contradict themselves."),
            _meter.CreateObservableCounter(Metrics.AttributionFolded, Foldings, Units.Value, "Attribute values folded to keep the metrics bounded."),
            _meter.CreateObservableCounter(Metrics.AttributionCut, Cuts, Units.Value, "Attribute values cut to what may be kept, and tags dropped."),
        ];
    }

    /// <summary>The ones that clients use unless a test gives them others.</summary>
    public static Instruments Shared { get; } = new(Vocabulary.Instrumentation, ConventionsExtensions.FromEnvironment());

    public ActivitySource Source { get; }

    public Conventions Conventions { get; }

    public Nesting Nesting { get; }

    public BackgroundAnswers Background { get; } = new();

    public SessionInstruments Sessions { get; }

    /// <summary>The application's own metrics.</summary>
    public FigureTable Figures { get; }

    /// <summary>What an attribution may be.</summary>
    public AttributionLimits Limits { get; } = new();

    public bool HasChunkListeners => _standard.HasChunkListeners;

    /// <summary>Whether anybody collects metrics.</summary>
    public bool HasMetricListeners => HasSumListeners || _standard.HasListeners || _costAlias is { Enabled: true };

    private bool HasSumListeners
    {
        get
        {
            foreach (var sum in _sums)
            {
                if (sum.Enabled)
                {
                    return true;
                }
            }

            return false;
        }
    }

    // The one place where money becomes a double: for people to look at. The exact figures are in the events.
    public static double ToDouble(Int128 pico) => (double)Cost.ToUsd(pico);

    /// <summary>Calls are priced by this book from now on.</summary>
    public void Use(PriceBook prices, TimeProvider time) => _books.Add(prices, time);

    /// <summary>Calls are published to this hub from now on.</summary>
    public void Use(UsageHub hub) => _hubs.Add(hub);

    /// <summary>There is the cost under OpenLIT's name from now on, for the calls that are to have it.</summary>
    public void OfferCostAlias()
    {
        lock (_gate)
        {
            _costAlias ??= _meter.CreateHistogram(OpenLit.Cost, Units.Usd, "Cost of a call.", null, Boundaries.Usd);
        }
    }

    /// <param name="call">The finished call, or a part of a session.</param>
    /// <param name="prices">The book whose models are known ones.</param>
    /// <param name="limit">How many values each attribute keeps.</param>
    /// <param name="withCostAlias">Whether it is to have its cost under OpenLIT's name.</param>
    /// <param name="isOperation">Whether it is a whole operation, with a duration that counts; null: where it is a call.</param>
    public void Record(in UsageEvent call, PriceBook prices, int limit, bool withCostAlias = false, bool? isOperation = null)
    {
        var key = new SeriesKey(
            call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Quality, call.Attribution.User, call.Attribution.Tenant, call.Attribution.Feature, call.Attribution.Tier, call.Attribution.IsUserHashed);
        var series = _series.Find(in key, prices, limit);
        if (call.IsCacheHit)
        {
            SumHit(series, in call);
            return;
        }

        var errorType = call.ErrorType is null ? null : _series.FoldError(call.ErrorType, limit);
        if (HasSumListeners)
        {
            // What is fetched or added later was waited for apart from the call.
            Sum(series, in call, errorType, isOperation is true || call.Calls != 0 ? call.Duration : TimeSpan.Zero);
        }

        _standard.Record(series.Standard, in call, errorType, isOperation ?? call.Calls != 0);
        if (withCostAlias && call.HasCost && _costAlias is { Enabled: true } alias)
        {
            RecordAlias(alias, series.Standard, in call, limit);
        }
    }

    /// <summary>The attributes of a stream's chunks, looked up once for all of them.</summary>
    public KeyValuePair<string, object?>[] ChunkTags(string operation, string? provider, string? requestModel, string? responseModel, PriceBook prices, int limit)
    {
        var key = new SeriesKey(operation, provider, requestModel, responseModel, CostQuality.Reported, null, null, null);
        return _series.Find(in key, prices, limit).Standard.Tags;
    }

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags) => _standard.RecordChunk(gap, tags);

    public void Publish(in UsageEvent call, UsageHub hub) => hub.Publish(in call, _sinkFailed);

    public void Publish(in MetricEvent figure, UsageHub hub) => hub.Publish(in figure, _sinkFailed);

    /// <summary>Says that something of ours failed, and what is lost. Never throws itself.</summary>
    public void Failed(string what, Exception cause)
    {
        try
        {
            SelfDiagnostics.Log.Lost(what, cause);
            _errors.Add(1);
        }
        catch (Exception) // A listener that throws even here has had its say: the call goes on.
        {
        }
    }

    public void Dispose()
    {
        _meter.Dispose();
        Source.Dispose();
    }

    private void Sum(Series series, in UsageEvent call, string? errorType, TimeSpan duration)
    {
        series.AddCalls(call.Calls, call.Outcome, errorType, duration, call.UsageInconsistent);
        var believed = true;
        if (call.HasUsage)
        {
            foreach (var bucket in call.Usage)
            {
                believed &= !IsTokens(bucket) || series.TryAddCount(bucket, call.Usage[bucket]);
            }
        }

        if (call.HasCost)
        {
            foreach (var bucket in call.Cost)
            {
                believed &= series.TryAddCost(bucket, call.Cost.Pico(bucket));
            }
        }

        if (call.ChargePico is { } charge)
        {
            believed &= series.Charge.TryAdd(charge);
        }

        if (!believed)
        {
            Failed("the sums of a call in the metrics", new OverflowException("A count or an amount is beyond belief."));
        }
    }

    // A hit is no call: its time and its tokens are not the provider's.
    private void SumHit(Series series, in UsageEvent call)
    {
        series.AddCacheHit();
        if (call.SavedPico is { } saved && !series.Saved.TryAdd(saved))
        {
            Failed("the saved cost of a cache hit in the metrics", new OverflowException("The amount is beyond belief."));
        }
    }

    private void RecordAlias(Histogram<double> alias, StandardSeries series, in UsageEvent call, int limit)
    {
        TagList tags = new(series.Tags) { { OpenLit.SdkName, OpenLit.SdkNameValue } };
        if (_series.FoldEnvironment(call.Attribution.Environment, limit) is { } environment)
        {
            tags.Add(OpenLit.Environment, environment);
        }

        alias.Record(ToDouble(call.Cost.TotalPico), in tags);
    }

    private static bool IsTokens(UsageBucket bucket) => bucket.IsInputTokens() || bucket.IsOutputTokens();

    private IEnumerable<Measurement<long>> Tokens() =>
        from series in _series.All from bucket in series.Buckets let count = bucket.Count where count is not null select new Measurement<long>(count.Value, bucket.Tags);

    private IEnumerable<Measurement<double>> Costs() =>
        from series in _series.All from bucket in series.Buckets let pico = bucket.Cost.Pico where pico is not null select new Measurement<double>(ToDouble(pico.Value), bucket.Tags);

    private IEnumerable<Measurement<double>> Charges() =>
        from series in _series.All let pico = series.Charge.Pico where pico is not null select new Measurement<double>(ToDouble(pico.Value), series.Tags);

    private IEnumerable<Measurement<double>> Savings() =>
        from series in _series.All let pico = series.Saved.Pico where pico is not null select new Measurement<double>(ToDouble(pico.Value), series.Tags);

    private IEnumerable<Measurement<long>> CacheHits() =>
        from series in _series.All where series.CacheHits > 0 select new Measurement<long>(series.CacheHits, series.Tags);

    private IEnumerable<Measurement<long>> Calls() =>
        from series in _series.All from calls in series.Calls where calls.Value > 0 select new Measurement<long>(calls.Value, calls.Tags);

    private IEnumerable<Measurement<double>> Durations() =>
        from series in _series.All where series.HasCalls select new Measurement<double>(series.DurationSeconds, series.Tags);

    private IEnumerable<Measurement<long>> Inconsistencies() =>
        from series in _series.All where series.Inconsistent > 0 select new Measurement<long>(series.Inconsistent, series.Tags);

    private IEnumerable<Measurement<long>> Foldings() =>
        from folded in _series.Folded.Concat(Figures.Folded) where folded.Folded > 0 select new Measurement<long>(folded.Folded, new KeyValuePair<string, object?>(Attributes.Attribute, folded.Attribute));

    private IEnumerable<Measurement<long>> Cuts() =>
        from cut in Limits.Cut select new Measurement<long>(cut.Value, new KeyValuePair<string, object?>(Attributes.Attribute, cut.Key));

    private IEnumerable<Measurement<long>> Booked() => _hubs.HaveLedger ? [new Measurement<long>(1)] : [];

    private IEnumerable<Measurement<double>> PriceAges() =>
        from book in _books.Ages select new Measurement<double>(book.Age.TotalSeconds, new KeyValuePair<string, object?>(Attributes.PriceVersion, book.Version));
}
