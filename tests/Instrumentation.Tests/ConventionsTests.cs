using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The newest conventions by opt-in; those of v1.41 without.</summary>
public sealed class ConventionsTests
{
    private static readonly string[] Counters =
        [GenAiLatest.InputTokens, GenAiLatest.OutputTokens, GenAiLatest.CacheReadInputTokens, GenAiLatest.CacheWriteInputTokens, GenAiLatest.ReasoningOutputTokens];

    private static readonly string[] Histograms =
        [GenAiLatest.InferenceDuration, GenAiLatest.TimeToFirstChunk, GenAiLatest.TimePerOutputChunk, GenAiLatest.OperationInputTokens, GenAiLatest.OperationOutputTokens];

    // 1,000 input: 500 plain, 300 cached, 100 written to the cache, 100 audio. 200 output: 120 plain, 50 reasoning, 30 audio.
    private static UsageDetails Usage => new()
    {
        InputTokenCount = 1_000,
        OutputTokenCount = 200,
        TotalTokenCount = 1_200,
        CachedInputTokenCount = 300,
        ReasoningTokenCount = 50,
        AdditionalCounts = new() { ["CacheCreationInputTokens"] = 100, ["InputTokenDetails.AudioTokenCount"] = 100, ["OutputTokenDetails.AudioTokenCount"] = 30 },
    };

    [Theory]
    [InlineData(null, "V141")]
    [InlineData("", "V141")]
    [InlineData("http", "V141")]
    [InlineData("gen_ai_latest_experimental", "Latest")]
    [InlineData("http/dup, gen_ai_latest_experimental ,database", "Latest")]
    [InlineData("gen_ai_latest_experimental_2", "V141")]
    [InlineData("GEN_AI_LATEST_EXPERIMENTAL", "V141")]
    public void Opt_in_is_one_word_of_the_list(string? variable, string expected) => Assert.Equal(expected, ConventionsExtensions.Parse(variable).ToString());

    [Fact]
    public async Task Default_speaks_v1_41_and_no_later_name()
    {
        using var calls = new TrackedCalls();
        await CallAndStreamAsync(calls);

        Assert.All(Counters.Concat(Histograms), name => Assert.Empty(calls.Measurements.Of(name)));
        Assert.NotEmpty(calls.Measurements.Of(GenAi.TokenUsage));
        Assert.NotEmpty(calls.Measurements.Of(GenAi.TimePerOutputChunk));
        Assert.All(calls.Spans, span => Assert.Equal(100L, span.GetTagItem(GenAi.UsageCacheCreationInputTokens)));
        Assert.All(calls.Spans, span => Assert.DoesNotContain(span.TagObjects, tag => LaterAttributes.Contains(tag.Key)));
    }

    [Fact]
    public async Task Opt_in_speaks_the_newest_and_no_name_that_it_replaced()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        await CallAndStreamAsync(calls);

        Assert.All(Counters.Concat(Histograms), name => Assert.NotEmpty(calls.Measurements.Of(name)));
        Assert.All([GenAi.TokenUsage, GenAi.OperationDuration, GenAi.TimeToFirstChunk, GenAi.TimePerOutputChunk], name => Assert.Empty(calls.Measurements.Of(name)));
        Assert.All(calls.Spans, span => Assert.Null(span.GetTagItem(GenAi.UsageCacheCreationInputTokens)));
        Assert.All(calls.Spans, span => Assert.Equal(100L, span.GetTagItem(GenAiLatest.UsageCacheWriteInputTokens)));
        Assert.NotEmpty(calls.Measurements.Of(Metrics.UsageTokens)); // Ours stay what they are.
    }

    [Fact]
    public async Task Tokens_are_counted_by_the_modality_that_the_provider_tells()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) });

        await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Options.User] = "ada" } }, TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Options.User] = "bob" } }, TestContext.Current.CancellationToken);

        // Two series of ours, for two users, are one of these.
        Assert.Equal([("audio", 200d), ("unknown", 1_800d)], Sums(calls, GenAiLatest.InputTokens));
        Assert.Equal([("audio", 60d), ("unknown", 340d)], Sums(calls, GenAiLatest.OutputTokens));
        Assert.Equal([("unknown", 600d)], Sums(calls, GenAiLatest.CacheReadInputTokens));
        Assert.Equal([("unknown", 200d)], Sums(calls, GenAiLatest.CacheWriteInputTokens));
        Assert.Equal([("unknown", 100d)], Sums(calls, GenAiLatest.ReasoningOutputTokens));
        Assert.Equal([1_000d, 1_000d], calls.Measurements.Of(GenAiLatest.OperationInputTokens).Select(m => m.Value));
        Assert.Equal([200d, 200d], calls.Measurements.Of(GenAiLatest.OperationOutputTokens).Select(m => m.Value));
        Assert.Equal(
            [GenAi.OperationName, GenAi.ProviderName, GenAi.RequestModel, GenAi.ResponseModel, GenAiLatest.TokenModality],
            calls.Measurements.Of(GenAiLatest.InputTokens)[0].Tags.Keys.Order(StringComparer.Ordinal));
        var span = calls.Spans[0];
        Assert.Equal((100L, 30L, null), (span.GetTagItem(GenAiLatest.UsageAudioInputTokens), span.GetTagItem(GenAiLatest.UsageAudioOutputTokens), span.GetTagItem(GenAiLatest.UsageImageInputTokens)));
    }

    [Fact]
    public void Buckets_of_images_and_video_are_their_modality_and_cached_ones_count_on_both_sides()
    {
        var usage = default(CallUsage);
        usage[UsageBucket.InputImage] = 5;
        usage[UsageBucket.CacheImageRead] = 3;
        usage[UsageBucket.InputVideo] = 7;
        usage[UsageBucket.OutputImage] = 11;
        usage[UsageBucket.WebSearch] = 2; // No tokens.
        var sums = new TokenSums([], new PointCount());

        sums.Add(in usage, isCall: true);

        Assert.Equal([(8, "image"), (7, "video")], sums.Of(TokenCounter.Input).Select(s => (s.Sum, (string)s.Tags[0].Value!)));
        Assert.Equal([(3, "image")], sums.Of(TokenCounter.CacheRead).Select(s => (s.Sum, (string)s.Tags[0].Value!)));
        Assert.Equal([(11, "image")], sums.Of(TokenCounter.Output).Select(s => (s.Sum, (string)s.Tags[0].Value!)));
        Assert.Equal([(0, "unknown")], sums.Of(TokenCounter.Reasoning).Select(s => (s.Sum, (string)s.Tags[0].Value!)));
    }

    [Fact]
    public void What_is_booked_for_a_call_that_was_counted_before_adds_no_zeros()
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Output] = 4;
        var sums = new TokenSums([], new PointCount());

        sums.Add(in usage, isCall: false);

        Assert.Equal(4, Assert.Single(sums.Of(TokenCounter.Output)).Sum);
        Assert.Empty(sums.Of(TokenCounter.Input));
    }

    [Fact]
    public async Task Failed_call_counts_zero_tokens_of_an_unknown_modality_and_has_no_distribution()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(new IOException()) });

        await Assert.ThrowsAsync<IOException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.All(Counters, name => Assert.Equal([("unknown", 0d)], Sums(calls, name)));
        Assert.All(Counters, name => Assert.DoesNotContain(Attributes.ErrorType, Assert.Single(calls.Measurements.Of(name)).Tags.Keys));
        Assert.Empty(calls.Measurements.Of(GenAiLatest.OperationInputTokens));
        Assert.Equal("System.IO.IOException", Assert.Single(calls.Measurements.Of(GenAiLatest.InferenceDuration)).Tags[Attributes.ErrorType]);
        Assert.Equal(["error"], Assert.IsType<string[]>(calls.Span.GetTagItem(GenAi.ResponseFinishReasons)));
    }

    [Fact]
    public async Task Finish_reason_that_came_before_a_failure_stays()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        var last = ScriptedChatClient.Text("Hi");
        last.FinishReason = ChatFinishReason.Length;
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(new IOException(), [last], token) });

        await Assert.ThrowsAsync<IOException>(() => DrainAsync(client));

        Assert.Equal(["length"], Assert.IsType<string[]>(calls.Span.GetTagItem(GenAi.ResponseFinishReasons)));
    }

    [Fact]
    public async Task Answer_without_usage_counts_zero_and_has_no_distribution()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(Counters, name => Assert.Equal([("unknown", 0d)], Sums(calls, name)));
        Assert.Empty(calls.Measurements.Of(GenAiLatest.OperationOutputTokens));
        Assert.Empty(calls.Measurements.Of(Metrics.UsageTokens)); // In ours, nothing reported is nothing, not 0.
        Assert.Equal(["stop"], Assert.IsType<string[]>(calls.Span.GetTagItem(GenAi.ResponseFinishReasons)));
    }

    [Fact]
    public void Operation_that_is_no_inference_has_its_own_duration_and_no_tokens()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        var recorder = new CallRecorder(new CallSource("openai", "text-embedding-3-small", null), new UsageTrackingOptions { Hub = calls.Hub, TimeProvider = calls.Time }, calls.Instruments);
        var started = recorder.Start(new CallRequest("embeddings", null), default);
        var reading = default(CallReading);
        reading.Read(new UsageDetails { InputTokenCount = 8 }, raw: null, model: null, responseId: null);

        recorder.Finish(in started, in reading, new CallEnd(CallOutcome.Completed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));

        Assert.Equal(1, Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Value);
        Assert.Empty(calls.Measurements.Of(GenAiLatest.InferenceDuration));
        Assert.All(Counters, name => Assert.Empty(calls.Measurements.Of(name)));
    }

    [Theory]
    [InlineData("V141", "https://opentelemetry.io/schemas/1.41.0")]
    [InlineData("Latest", null)]
    public void Meter_and_source_state_version_and_schema(string conventions, string? schema)
    {
        using var calls = new TrackedCalls(conventions: Enum.Parse<Conventions>(conventions));

        Assert.Equal(("0.1.0", schema), (calls.Instruments.Source.Version, calls.Instruments.Source.TelemetrySchemaUrl));
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        var meters = new HashSet<(string?, string?)>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == calls.Name)
            {
                meters.Add((instrument.Meter.Version, instrument.Meter.TelemetrySchemaUrl));
            }
        };
        listener.Start();
        Assert.Equal([("0.1.0", schema)], meters);
    }

    private static string[] LaterAttributes =>
        [.. typeof(GenAiLatest).GetFields().Select(f => (string)f.GetRawConstantValue()!).Where(name => name.StartsWith("gen_ai.", StringComparison.Ordinal))];

    private static async Task CallAndStreamAsync(TrackedCalls calls)
    {
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hel"), ScriptedChatClient.Text("lo"), ScriptedChatClient.Usage(Usage)),
        });
        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await DrainAsync(client);
    }

    private static async Task DrainAsync(IChatClient client)
    {
        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
        }
    }

    private static IEnumerable<(string Modality, double Sum)> Sums(TrackedCalls calls, string counter) =>
        calls.Measurements.Of(counter).Select(m => ((string)m.Tags[GenAiLatest.TokenModality]!, m.Value)).OrderBy(m => m.Item1, StringComparer.Ordinal);
}
