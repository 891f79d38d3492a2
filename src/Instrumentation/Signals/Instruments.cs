using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The meter with its instruments, and the source of spans. One for the process. The standard histograms carry standard attributes only and
/// are recorded call by call; ours are read from <see cref="SeriesTable"/> when somebody collects, which costs a call a third as much.
/// </summary>
internal sealed class Instruments : IDisposable
{
    private readonly Meter _meter;
    private readonly Histogram<long> _tokenUsage;
    private readonly Histogram<double> _operationDuration;
    private readonly Histogram<double> _timeToFirstChunk;
    private readonly Histogram<double> _timePerOutputChunk;
    private readonly Instrument[] _sums;
    private readonly Counter<long> _errors;
    private readonly SeriesTable _series = new();
    private readonly BooksInUse _books = new();
    private readonly Action<IUsageSink, Exception> _sinkFailed;

    public Instruments(string name)
    {
        var version = typeof(Instruments).Assembly.GetName().Version?.ToString(3);
        _meter = new Meter(name, version);
        Source = new ActivitySource(name, version);
        Nesting = new Nesting();
        _sinkFailed = (sink, cause) => Failed($"an event in {sink.GetType().Name}", cause);

        // The boundaries that the semantic conventions advise.
        var seconds = new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
        };
        var tokens = new InstrumentAdvice<long>
        {
            HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
        };
        _tokenUsage = _meter.CreateHistogram(GenAi.TokenUsage, Units.Token, "Number of input and output tokens used.", null, tokens);
        _operationDuration = _meter.CreateHistogram(GenAi.OperationDuration, Units.Second, "GenAI operation duration.", null, seconds);
        _timeToFirstChunk = _meter.CreateHistogram(GenAi.TimeToFirstChunk, Units.Second, "Time to receive the first chunk of a stream.", null, seconds);
        _timePerOutputChunk = _meter.CreateHistogram(GenAi.TimePerOutputChunk, Units.Second, "Time per output chunk after the first.", null, seconds);
        _errors = _meter.CreateCounter<long>(Metrics.TelemetryErrors, Units.Error, "Failures of the telemetry itself, which the call did not feel.");
        Sessions = new SessionInstruments(_meter);
        _meter.CreateObservableGauge(Metrics.PriceAge, PriceAges, Units.Second, "Time since the day that the prices are of.");
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
        ];
    }

    /// <summary>The ones that clients use unless a test gives them others.</summary>
    public static Instruments Shared { get; } = new(Vocabulary.Instrumentation);

    public ActivitySource Source { get; }

    public Nesting Nesting { get; }

    public SessionInstruments Sessions { get; }

    public bool HasChunkListeners => _timePerOutputChunk.Enabled;

    /// <summary>Whether anybody collects metrics.</summary>
    public bool HasMetricListeners => HasSumListeners || _operationDuration.Enabled || _tokenUsage.Enabled || _timeToFirstChunk.Enabled || HasChunkListeners;

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

    /// <param name="call">The finished call, or a part of a session.</param>
    /// <param name="prices">The book whose models are known ones.</param>
    /// <param name="limit">How many values each attribute keeps.</param>
    /// <param name="isOperation">Whether it is a whole operation, with a duration that counts; null: where it is a call.</param>
    public void Record(in UsageEvent call, PriceBook prices, int limit, bool? isOperation = null)
    {
        var key = new SeriesKey(
            call.Operation, call.Provider, call.RequestModel, call.ResponseModel, call.Quality, call.Attribution.User, call.Attribution.Tenant, call.Attribution.Feature);
        var series = _series.Find(in key, prices, limit);
        if (call.IsCacheHit)
        {
            SumHit(series, in call);
            return;
        }

        var errorType = call.ErrorType is null ? null : _series.FoldError(call.ErrorType, limit);
        if (HasSumListeners)
        {
            Sum(series, in call, errorType);
        }

        RecordTokens(series, in call);
        if (call.TimeToFirstChunk is { } first)
        {
            _timeToFirstChunk.Record(first.TotalSeconds, series.StandardTags);
        }

        if (_operationDuration.Enabled && (isOperation ?? call.Calls != 0))
        {
            _operationDuration.Record(
                call.Duration.TotalSeconds, errorType is null ? series.StandardTags : [.. series.StandardTags, new(Attributes.ErrorType, errorType)]);
        }
    }

    /// <summary>The attributes of a stream's chunks, looked up once for all of them.</summary>
    public KeyValuePair<string, object?>[] ChunkTags(string operation, string? provider, string? requestModel, string? responseModel, PriceBook prices, int limit)
    {
        var key = new SeriesKey(operation, provider, requestModel, responseModel, CostQuality.Reported, null, null, null);
        return _series.Find(in key, prices, limit).StandardTags;
    }

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags) => _timePerOutputChunk.Record(gap.TotalSeconds, tags);

    public void Publish(in UsageEvent call, UsageHub hub) => hub.Publish(in call, _sinkFailed);

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

    private void Sum(Series series, in UsageEvent call, string? errorType)
    {
        series.AddCalls(call.Calls, call.Outcome, errorType, call.Duration, call.UsageInconsistent);
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

    private void RecordTokens(Series series, in UsageEvent call)
    {
        if (!call.HasUsage || !_tokenUsage.Enabled)
        {
            return;
        }

        if (call.Usage.HasInputTokens())
        {
            _tokenUsage.Record(call.Usage.InputTokens, series.InputTags);
        }

        if (call.Usage.HasOutputTokens())
        {
            _tokenUsage.Record(call.Usage.OutputTokens, series.OutputTags);
        }
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
        from folded in _series.Folded where folded.Folded > 0 select new Measurement<long>(folded.Folded, new KeyValuePair<string, object?>(Attributes.Attribute, folded.Attribute));

    private IEnumerable<Measurement<double>> PriceAges() =>
        from book in _books.Ages select new Measurement<double>(book.Age.TotalSeconds, new KeyValuePair<string, object?>(Attributes.PriceVersion, book.Version));
}
