using System.Diagnostics.Metrics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>docs/metrics.md says what the code does: kind, unit and attributes of every metric, and the attributes of spans, in both generations of the conventions.</summary>
public sealed class DocumentationTests
{
    private const string Newest = "The newest conventions";
    private const string Alias = "The cost under OpenLIT's name";
    private const string OfTheExporter = "Meter `LlmTelemetry.CostExporter`";
    private const string OfBudgets = "Meter `LlmTelemetry.Budgets`";
    private const string OfTheReceiver = "Meter `LlmTelemetry.Receiver`";
    private const string OfTheService = "The service's `/metrics`";

    public static TheoryData<string, bool> Setups => new() { { nameof(Conventions.V141), false }, { nameof(Conventions.Latest), false }, { nameof(Conventions.V141), true } };

    [Theory]
    [MemberData(nameof(Setups))]
    public void Instruments_are_of_the_kind_and_unit_that_is_documented(string conventions, bool withAlias)
    {
        using var calls = new TrackedCalls(conventions: Enum.Parse<Conventions>(conventions));
        using var client = calls.Track(new ScriptedChatClient(), o => o.CostAlias = withAlias);
        var created = new List<string>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == calls.Name)
            {
                created.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
            }
        };
        listener.Start();

        Assert.Equal(Documented(conventions, withAlias).Select(m => $"{m.Name} {m.Kind} {m.Unit}").Order(StringComparer.Ordinal), created.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Setups))]
    public async Task Metrics_have_the_attributes_that_are_documented(string conventions, bool withAlias)
    {
        using var calls = new TrackedCalls(conventions: Enum.Parse<Conventions>(conventions));
        using var ledger = calls.Hub.Subscribe(new LedgerSink());
        await DriveAsync(calls, withAlias);

        foreach (var metric in Documented(conventions, withAlias))
        {
            var measured = calls.Measurements.Of(metric.Name);
            Assert.True(measured.Count > 0, $"Nothing of {metric.Name} was measured.");
            Assert.Equal((metric.Name, Joined(metric.Attributes)), (metric.Name, Joined(measured.SelectMany(m => m.Tags.Keys))));
        }
    }

    [Theory]
    [MemberData(nameof(Setups))]
    public async Task Spans_have_the_attributes_that_are_documented(string conventions, bool withAlias)
    {
        using var calls = new TrackedCalls(conventions: Enum.Parse<Conventions>(conventions));
        using var ledger = calls.Hub.Subscribe(new LedgerSink());
        await DriveAsync(calls, withAlias);

        IEnumerable<string> documented = DocumentedMetrics.AttributesIn(DocumentedMetrics.Section("Span `chat"));
        if (conventions == nameof(Conventions.Latest))
        {
            var section = DocumentedMetrics.Section(Newest);
            documented = documented.Concat(DocumentedMetrics.AttributesIn(section[section.IndexOf("On spans:", StringComparison.Ordinal)..])).Except([GenAi.UsageCacheCreationInputTokens]);
        }

        documented = withAlias ? documented.Append(OpenLit.Cost) : documented;
        Assert.Equal(Joined(documented), Joined(calls.Spans.SelectMany(span => span.TagObjects).Select(tag => tag.Key)));
    }

    [Fact]
    public void Table_row_is_read_with_its_groups_written_out()
    {
        var row = Assert.Single(DocumentedMetrics.All, m => m.Name == Metrics.UsageCalls);

        Assert.Equal(("counter", "{call}"), (row.Kind, row.Unit));
        Assert.Equal(
            "error.type gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model llm.cost.quality llm.feature llm.outcome llm.tenant llm.tier user.hash user.id",
            Joined(row.Attributes));
    }

    private static IEnumerable<DocumentedMetric> Documented(string conventions, bool withAlias)
    {
        var isLatest = conventions == nameof(Conventions.Latest);
        return DocumentedMetrics.All.Where(m => m.Section switch
        {
            OfTheExporter or OfBudgets or OfTheReceiver or OfTheService => false,
            Alias => withAlias,
            var section when section.StartsWith(Newest, StringComparison.Ordinal) => isLatest,
            _ => !isLatest || !m.Name.StartsWith("gen_ai.", StringComparison.Ordinal),
        });
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Histogram`1" => "histogram",
        "Counter`1" or "ObservableCounter`1" => "counter",
        "Gauge`1" or "ObservableGauge`1" => "gauge",
        var other => other,
    };

    private static string Joined(IEnumerable<string> names) => string.Join(' ', names.Distinct().Order(StringComparer.Ordinal));

    private static async Task DriveAsync(TrackedCalls calls, bool withAlias)
    {
        await DriveAsync(calls, withAlias, hashKey: null);
        await DriveAsync(calls, withAlias, "0123456789abcdef"u8.ToArray());
    }

    /// <summary>Calls with all that they can have, and of every way to end.</summary>
    private static async Task DriveAsync(TrackedCalls calls, bool withAlias, byte[]? hashKey)
    {
        var token = TestContext.Current.CancellationToken;
        using var full = Track(new ScriptedChatClient
        {
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage(), id: "resp-1")),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hel"), ScriptedChatClient.Text("lo"), ScriptedChatClient.Usage(Usage())),
        });
        await full.GetResponseAsync("Hi", Asking("ada"), token);
        await full.GetResponseAsync("Hi", Asking("bob"), token); // One user too many.
        await foreach (var _ in full.GetStreamingResponseAsync("Hi", Asking("ada"), token))
        {
        }

        using var contradictory = Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 1, CachedInputTokenCount = 9, OutputTokenCount = 1 })) });
        await contradictory.GetResponseAsync("Hi", Asking("ada"), token);
        using var failing = Track(new ScriptedChatClient { OnResponse = (_, _) => throw new InvalidOperationException("No.") });
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing.GetResponseAsync("Hi", Asking("ada"), token));
        using var cancelled = Track(new ScriptedChatClient { OnResponse = (_, stop) => Task.FromCanceled<ChatResponse>(stop) });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.GetResponseAsync("Hi", Asking("ada"), new CancellationToken(canceled: true)));
        using var told = Track(new ScriptedChatClient(), o => o.OnCompleted = (in UsageEvent _) => throw new InvalidOperationException("Mine."));
        await told.GetResponseAsync("Hi", Asking("ada"), token);
        using var cache = Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage())) }, o => o.SavedCost = true);
        await cache.GetResponseAsync("Hi", Asking("ada"), token);

        // What no adapter reports today; and calls that no model answers.
        Record("chat", ImagesAndAudio());
        Record("embeddings", default, new IOException());
        Record("embeddings", default);
        using var session = new UsageSession(new SessionRecorder(CallSource.Of("openai", null, "gpt-4o"), Options(), calls.Instruments), "gpt-4o", new UsageSessionOptions { Tracking = Options() });
        session.AddToolCall("find_order");
        session.End();

        IChatClient Track(IChatClient inner, Action<UsageTrackingOptions>? configure = null) => calls.Track(inner, options =>
        {
            Configure(options);
            configure?.Invoke(options);
        });

        void Configure(UsageTrackingOptions options)
        {
            (options.CostAlias, options.MaxAttributeValues, options.Markup, options.ClientId) = (withAlias, 1, new MarkupRules { Default = 10 }, "shop");
            if (hashKey is not null)
            {
                options.UserHashKey = hashKey;
            }
        }

        UsageTrackingOptions Options()
        {
            var options = new UsageTrackingOptions { Hub = calls.Hub, TimeProvider = calls.Time };
            Configure(options);
            return options;
        }

        CallRecorder Recorder() => new(CallSource.Of("openai", null, "gpt-4o"), Options(), calls.Instruments);

        void Record(string operation, CallUsage usage, Exception? error = null)
        {
            var recorder = Recorder();
            var started = recorder.Start(new CallRequest(operation, null), default);
            var reading = default(CallReading);
            reading.Read(usage: null, raw: null, model: "gpt-4o", responseId: null);
            reading.Add(in usage);
            recorder.Finish(in started, in reading, new CallEnd(error is null ? CallOutcome.Completed : CallOutcome.Failed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), Error: error));
        }
    }

    private static UsageDetails Usage() => new()
    {
        InputTokenCount = 1_000,
        OutputTokenCount = 200,
        TotalTokenCount = 1_200,
        CachedInputTokenCount = 300,
        ReasoningTokenCount = 50,
        AdditionalCounts = new() { ["CacheCreationInputTokens"] = 100 },
    };

    private static CallUsage ImagesAndAudio()
    {
        var usage = default(CallUsage);
        foreach (var bucket in (UsageBucket[])
            [UsageBucket.InputAudio, UsageBucket.CacheAudioRead, UsageBucket.OutputAudio, UsageBucket.InputImage, UsageBucket.CacheImageRead, UsageBucket.OutputImage])
        {
            usage[bucket] = 10;
        }

        return usage;
    }

    private static ChatOptions Asking(string user) => new()
    {
        ConversationId = "conversation-1",
        MaxOutputTokens = 100,
        Temperature = 0.7f,
        TopP = 0.9f,
        TopK = 40,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.1f,
        Seed = 1,
        StopSequences = ["END"],
        ResponseFormat = ChatResponseFormat.Text,
        AdditionalProperties = new()
        {
            ["n"] = 2,
            [Vocabulary.Options.User] = user,
            [Vocabulary.Options.Tenant] = "acme",
            [Vocabulary.Options.Feature] = "search",
            [Vocabulary.Options.Environment] = "production",
            [Vocabulary.Options.Session] = "session-1",
            [Vocabulary.Options.Tier] = new string('x', 1_000),
        },
    };
}
