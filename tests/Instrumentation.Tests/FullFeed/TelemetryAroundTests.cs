#pragma warning disable MEAI001 // Interfaces that are still experimental.
using System.Collections.Concurrent;
using System.Diagnostics;
using LlmTelemetry.Instrumentation.Tests.Pipelines;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// Beside Microsoft.Extensions.AI's own OpenTelemetry clients a call has one span, theirs, which has its cost where the tracker is inside.
/// </summary>
public sealed class TelemetryAroundTests : IDisposable
{
    private readonly TrackedCalls _calls = new();
    private readonly ConcurrentQueue<Activity> _theirs = new();
    private readonly ActivityListener _listener;
    private bool _isListened = true;

    public TelemetryAroundTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => _isListened && source.Name == Theirs,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _theirs.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Theirs => _calls.Name + "-theirs";

    private static ScriptedMedia Media => new()
    {
        Model = "some-model",
        OnEmbeddings = () => new([new Embedding<float>(new float[] { 1 })]) { Usage = new() { InputTokenCount = 1_000, TotalTokenCount = 1_000 } },
        OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")])),
        OnText = () => new("Hello") { StartTime = TimeSpan.Zero, EndTime = TimeSpan.FromSeconds(90) },
        TextUpdates = [new("Hello") { StartTime = TimeSpan.Zero, EndTime = TimeSpan.FromSeconds(90) }],
        AudioUpdates = [new(), new()],
    };

    public static MatrixTheoryData<string, bool, bool> Pipelines { get; } = new(
        [
            "telemetry > ours", "functions > telemetry > ours", "telemetry > functions > ours", "telemetry > cache > ours", "cache > telemetry > ours",
            "functions > cache > telemetry > ours", "telemetry > functions > telemetry > ours", "ours > telemetry > functions > ours", "telemetry > functions > cache > ours",
        ],
        [true, false],
        [true, false]);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Chat_has_one_span(bool isInside)
    {
        foreach (var isStreaming in (bool[])[true, false])
        {
            var builder = new ProviderLike().AsBuilder();
            _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(inner => _calls.Track(inner)) : builder.Use(inner => _calls.Track(inner)).UseOpenTelemetry(sourceName: Theirs);
            using var client = builder.Build();
            await PipelineTests.AskAsync(client, isStreaming);
        }

        AssertOneSpanEach("chat gpt-4o-mini", isInside, calls: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Embeddings_have_one_span(bool isInside)
    {
        var builder = ((IEmbeddingGenerator<string, Embedding<float>>)Media).AsBuilder();
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(inner => _calls.Track(inner)) : builder.Use(inner => _calls.Track(inner)).UseOpenTelemetry(sourceName: Theirs);
        using var generator = builder.Build();

        await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { ModelId = "text-embedding-3-small" }, Token);

        AssertOneSpanEach("embeddings text-embedding-3-small", isInside);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Images_have_one_span(bool isInside)
    {
        var builder = ((IImageGenerator)Media).AsBuilder();
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(inner => _calls.Track(inner)) : builder.Use(inner => _calls.Track(inner)).UseOpenTelemetry(sourceName: Theirs);
        using var generator = builder.Build();

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), new ImageGenerationOptions { ModelId = "dall-e-3" }, Token);

        AssertOneSpanEach("generate_content dall-e-3", isInside);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Speech_to_text_has_one_span(bool isInside)
    {
        var builder = ((ISpeechToTextClient)Media).AsBuilder();
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(inner => _calls.Track(inner)) : builder.Use(inner => _calls.Track(inner)).UseOpenTelemetry(sourceName: Theirs);
        using var client = builder.Build();
        var options = new SpeechToTextOptions { ModelId = "whisper-1" };

        await client.GetTextAsync(Stream.Null, options, Token);
        await client.GetStreamingTextAsync(Stream.Null, options, Token).ToListAsync(Token);

        AssertOneSpanEach("generate_content whisper-1", isInside, calls: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Text_to_speech_has_one_span(bool isInside)
    {
        var builder = ((ITextToSpeechClient)Media).AsBuilder();
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(inner => _calls.Track(inner)) : builder.Use(inner => _calls.Track(inner)).UseOpenTelemetry(sourceName: Theirs);
        using var client = builder.Build();
        var options = new TextToSpeechOptions { ModelId = "tts-1" };

        await client.GetAudioAsync("Hello", options, Token);
        await client.GetStreamingAudioAsync("Hello", options, Token).ToListAsync(Token);

        AssertOneSpanEach("generate_content tts-1", isInside, calls: 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Operation_on_a_file_has_one_span(bool isInside)
    {
        var book = PriceBook.Embedded.With("openai", Files.OperationDelete, new Dictionary<UsageBucket, decimal> { [UsageBucket.Request] = 0.5m });
        var builder = ((IHostedFileClient)Media).AsBuilder();
        IHostedFileClient Track(IHostedFileClient inner) => _calls.Track(inner, options => options.Prices = book);
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(Track) : builder.Use(Track).UseOpenTelemetry(sourceName: Theirs);
        using var client = builder.Build();

        await client.DeleteAsync("file-1", null, Token);

        AssertOneSpanEach("files.delete", isInside);
    }

    // Their span of a response is made when that is over, which nobody inside can foresee.
    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public async Task Realtime_response_has_a_second_span_only_inside_theirs_and_its_usage_and_cost_are_counted_once(bool isInside, int spans)
    {
        var done = RealtimeWireLike.Done("""
            {"response":{"id":"resp_b","status":"completed","usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,
             "input_token_details":{"text_tokens":150,"audio_tokens":50},"output_token_details":{"text_tokens":0,"audio_tokens":100}}}}
            """, "none");
        var builder = new RealtimeLike(RealtimeWireLike.Created("resp_b"), done).AsBuilder();
        IRealtimeClient Track(IRealtimeClient inner) => new UsageTrackingRealtimeClient(inner, new UsageTrackingOptions { Hub = _calls.Hub }, _calls.Instruments);
        _ = isInside ? builder.UseOpenTelemetry(sourceName: Theirs).Use(Track) : builder.Use(Track).UseOpenTelemetry(sourceName: Theirs);
        using var client = builder.UseFunctionInvocation().Build();
        await using var session = await client.CreateSessionAsync(cancellationToken: Token);
        await session.GetStreamingResponseAsync(Token).ToListAsync(Token);

        Assert.Equal((1, spans, 0.0086m), (_theirs.Count, _calls.Spans.Length, _calls.Event.Cost.Amount));
        Assert.DoesNotContain(_theirs.Single().TagObjects, tag => tag.Key == GenAi.UsageCostAmount);
    }

    [Theory]
    [MemberData(nameof(Pipelines))]
    public async Task Cost_of_every_model_call_is_on_one_span(string pipeline, bool isStreaming, bool isListened)
    {
        _isListened = isListened;
        var provider = new ProviderLike();
        var builder = provider.AsBuilder();
        foreach (var part in pipeline.Split(" > "))
        {
            _ = part switch
            {
                "telemetry" => builder.UseOpenTelemetry(sourceName: Theirs),
                "functions" => builder.UseFunctionInvocation(),
                "cache" => builder.UseDistributedCache(new DictionaryCache()),
                _ => builder.Use(inner => _calls.Track(inner)),
            };
        }

        using var client = builder.Build();
        await PipelineTests.AskAsync(client, isStreaming);
        await PipelineTests.AskAsync(client, isStreaming);

        var all = _theirs.Concat(_calls.Spans).ToArray();
        Assert.Equal(provider.Calls, _calls.Events.Length);
        Assert.Equal(Cost.ToUsd(provider.Owed), (decimal)all.Sum(span => span.GetTagItem(GenAi.UsageCostAmount) as double? ?? 0), 12);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _calls.Dispose();
    }

    // Around theirs, which is over before the cost is known, the cost is in events and metrics alone.
    private void AssertOneSpanEach(string name, bool isInside, int calls = 1)
    {
        Assert.Empty(_calls.Spans);
        Assert.Equal(Enumerable.Repeat(name, calls), _theirs.Select(span => span.DisplayName));
        Assert.Equal(calls, _calls.Events.Length);
        Assert.Equal(calls, _calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.DoesNotContain(_calls.Events, call => call.Cost.Amount == 0);
        Assert.Equal(_calls.Events.Select(call => isInside ? (object)(double)call.Cost.Amount : null), _theirs.Select(span => span.GetTagItem(GenAi.UsageCostAmount)));
        Assert.All(_theirs, span => Assert.Distinct(span.TagObjects.Select(tag => tag.Key)));
    }
}
