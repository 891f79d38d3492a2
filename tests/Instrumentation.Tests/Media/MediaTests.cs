#pragma warning disable MEAI001 // Interfaces that are still experimental.
using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Calls of every kind but chat, as clients of other providers may answer them. Prices are in USD.</summary>
public sealed class MediaTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static AdditionalPropertiesDictionary Ada => new() { [Options.User] = "ada", ["theirs"] = 1 };

    [Fact]
    public async Task Embeddings_that_report_a_total_alone_used_it_as_input()
    {
        using var generator = _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)new ScriptedMedia { Model = "text-embedding-3-small", OnEmbeddings = () => new() { Usage = new() { TotalTokenCount = 1_000 } } });

        await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { AdditionalProperties = Ada }, Token);

        Assert.Equal((1_000L, 0.00002m, "ada"), (_calls.Event.Usage[UsageBucket.Input], _calls.Event.Cost.Amount, _calls.Event.Attribution.User)); // 0.02 per million
    }

    [Fact]
    public async Task Embeddings_without_usage_are_unmeasured()
    {
        using var generator = _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)new ScriptedMedia { Model = "text-embedding-3-small" });

        await generator.GenerateAsync(["a"], null, Token);

        Assert.Equal((CostQuality.Unmeasured, false), (_calls.Event.Quality, _calls.Event.HasUsage));
    }

    [Fact]
    public async Task Span_of_embeddings_tells_their_dimensions_and_no_chunk()
    {
        using var generator = _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)new ScriptedMedia());

        await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 256 }, Token);
        await generator.GenerateAsync(["a"], null, Token);

        Assert.Equal(["embeddings some-model", "embeddings some-model"], _calls.Spans.Select(span => span.DisplayName));
        Assert.Equal([256, 1_536], _calls.Spans.Select(span => span.GetTagItem(GenAi.EmbeddingsDimensionCount)));
        Assert.Equal(2, _calls.Measurements.Of(GenAi.OperationDuration).Count(m => (string?)m.Tags[GenAi.OperationName] == "embeddings"));
    }

    // dall-e-3, 1024x1792 in high definition: 0.12. Three came of four that were asked for.
    [Fact]
    public async Task Images_are_counted_as_they_came_whatever_their_form()
    {
        var answer = new ImageGenerationResponse(
        [
            new DataContent(new byte[] { 1 }, "image/png"), new UriContent("https://example.org/1.webp", "image/webp"), new HostedFileContent("file-1"), new TextContent("A cat"),
        ]);
        using var generator = _calls.Track((IImageGenerator)new ScriptedMedia { OnImages = () => Task.FromResult(answer) });
        var options = new ImageGenerationOptions { ModelId = "dall-e-3", Count = 4, ImageSize = new(1_024, 1_792), AdditionalProperties = new() { ["quality"] = "HD" } };

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), options, Token);

        Assert.Equal([new UsageKind(UsageBucket.Image, "1024x1792/hd", 3)], _calls.Event.Usage.Kinds.ToArray());
        Assert.Equal(0.36m, _calls.Event.Cost.Amount); // 3 x 0.12
        Assert.Equal((4, 1_024, 1_792, "image"), (_calls.Span.GetTagItem(GenAi.RequestChoiceCount), _calls.Span.GetTagItem(GenAi.RequestImageWidth), _calls.Span.GetTagItem(GenAi.RequestImageHeight), _calls.Span.GetTagItem(GenAi.OutputType)));
        Assert.Equal("generate_content dall-e-3", _calls.Span.DisplayName);
        Assert.Equal(0.36m, answer.GetUsageCost()?.Other);
    }

    [Fact]
    public async Task Images_of_which_none_came_are_unmeasured()
    {
        using var generator = _calls.Track((IImageGenerator)new ScriptedMedia { Model = "dall-e-3" });

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);

        Assert.Equal(CostQuality.Unmeasured, _calls.Event.Quality);
    }

    // Tokens of a model that is priced by the image: their price is not known, and 0 would be wrong.
    [Fact]
    public async Task Tokens_of_a_model_priced_by_the_image_are_unpriced()
    {
        var answer = new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")]) { Usage = new() { InputTokenCount = 10, OutputTokenCount = 100 } };
        using var generator = _calls.Track((IImageGenerator)new ScriptedMedia { Model = "dall-e-3", OnImages = () => Task.FromResult(answer) });

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);

        Assert.Equal((CostQuality.Unpriced, false, 100L), (_calls.Event.Quality, _calls.Event.HasCost, _calls.Event.Usage[UsageBucket.OutputImage]));
    }

    // whisper-1: 0.0001 a second. The last segment ends at 89.5 seconds: 90.
    [Fact]
    public async Task Text_is_priced_up_to_the_end_of_its_last_segment()
    {
        SpeechToTextResponseUpdate[] updates = [new("Hel") { StartTime = TimeSpan.Zero, EndTime = TimeSpan.FromSeconds(89.5) }, new("lo") { EndTime = TimeSpan.FromSeconds(60) }, new() { ModelId = "whisper-1" }];
        using var client = _calls.Track((ISpeechToTextClient)new ScriptedMedia { Model = "whisper-1", TextUpdates = updates });

        await client.GetStreamingTextAsync(Stream.Null, null, Token).ToListAsync(Token);

        Assert.Equal((90L, 0.009m, CostQuality.Reported), (_calls.Event.Usage[UsageBucket.InputAudioSecond], _calls.Event.Cost.Amount, _calls.Event.Quality));
        Assert.Equal(0.009m, updates[^1].GetUsageCost()?.Total);
    }

    // gpt-4o-transcribe: audio 6, out 10 per million: 1,000 x 6 + 100 x 10 = 7,000.
    [Fact]
    public async Task Input_of_speech_that_is_not_told_apart_is_audio()
    {
        var answer = new SpeechToTextResponse("Hello") { Usage = new() { InputTokenCount = 1_000, OutputTokenCount = 100, TotalTokenCount = 1_100 }, EndTime = TimeSpan.FromMinutes(1) };
        using var client = _calls.Track((ISpeechToTextClient)new ScriptedMedia { Model = "gpt-4o-transcribe", OnText = () => answer });

        await client.GetTextAsync(Stream.Null, null, Token);

        Assert.Equal((1_000L, 0.007m, false), (_calls.Event.Usage[UsageBucket.InputAudio], _calls.Event.Cost.Amount, _calls.Event.Usage.IsReported(UsageBucket.InputAudioSecond)));
        Assert.False(_calls.Event.UsageInconsistent);
    }

    [Fact]
    public async Task Speech_that_is_left_half_way_is_partial_with_all_that_was_sent()
    {
        using var client = _calls.Track((ITextToSpeechClient)new ScriptedMedia { Model = "tts-1", AudioUpdates = [new(), new()] });

        await foreach (var _ in client.GetStreamingAudioAsync("Hello", null, Token))
        {
            break;
        }

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Partial, 5L, 0.000075m), (_calls.Event.Outcome, _calls.Event.Quality, _calls.Event.Usage[UsageBucket.Character], _calls.Event.Cost.Amount));
    }

    [Fact]
    public async Task Speech_that_fails_before_its_first_update_is_unmeasured()
    {
        using var client = _calls.Track((ITextToSpeechClient)new ScriptedMedia { Model = "tts-1", Failure = new IOException() });

        await Assert.ThrowsAsync<IOException>(async () => await client.GetStreamingAudioAsync("Hello", null, Token).ToListAsync(Token));

        Assert.Equal((CallOutcome.Failed, CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.Quality));
    }

    [Fact]
    public async Task Operations_on_files_are_free_and_measured()
    {
        using var client = _calls.Track((IHostedFileClient)new ScriptedMedia());

        await client.UploadAsync(Stream.Null, "text/plain", "a.txt", new HostedFileClientOptions { Purpose = "batch" }, Token);
        await client.GetFileInfoAsync("file-1", null, Token);
        await client.ListFilesAsync(null, Token).ToListAsync(Token);
        Assert.True(await client.DeleteAsync("file-1", null, Token));
        await Assert.ThrowsAsync<FileNotFoundException>(() => client.DownloadAsync("file-2", null, Token));

        Assert.Equal(["files.upload", "files.get_info", "files.list", "files.delete", "files.download"], _calls.Events.Select(call => call.Operation));
        Assert.All(_calls.Events.SkipLast(1), call => Assert.Equal((CostQuality.Reported, true, 0m, 1L, 1L), (call.Quality, call.HasCost, call.Cost.Amount, call.Calls, call.Usage[UsageBucket.Request])));
        Assert.Equal((CallOutcome.Failed, CostQuality.Unmeasured), (_calls.Events[^1].Outcome, _calls.Events[^1].Quality));
        var upload = _calls.Spans[0];
        Assert.Equal(("file-1", 3L, "batch", "text/plain"), (upload.GetTagItem(Files.Id), upload.GetTagItem(Files.Size), upload.GetTagItem(Files.Purpose), upload.GetTagItem(Files.MediaType)));
        Assert.DoesNotContain(_calls.Spans.SelectMany(span => span.TagObjects), tag => tag.Value is "a.txt");
    }

    [Fact]
    public async Task Operation_on_a_file_inside_a_span_of_microsoft_extensions_ai_gets_no_second_one()
    {
        using var others = new ActivitySource(_calls.Name + "-others");
        using var listener = new ActivityListener { ShouldListenTo = source => source == others, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var client = _calls.Track((IHostedFileClient)new ScriptedMedia());
        using var surrounding = others.StartActivity("files.delete")!.AddTag("files.operation.name", "files.delete");

        await client.DeleteAsync("file-1", null, Token);

        Assert.Empty(_calls.Spans);
        Assert.Equal((0.0, "completed"), (surrounding.GetTagItem(GenAi.UsageCostAmount), surrounding.GetTagItem(Attributes.Outcome)));
    }

    [Fact]
    public async Task List_of_files_is_no_answer_that_a_model_gives_chunk_by_chunk()
    {
        using var client = _calls.Track((IHostedFileClient)new ScriptedMedia());

        await client.ListFilesAsync(null, Token).ToListAsync(Token);

        Assert.Empty(_calls.Measurements.Of(GenAi.TimePerOutputChunk));
        Assert.Empty(_calls.Measurements.Of(GenAi.TimeToFirstChunk));
        Assert.Equal(((TimeSpan?)null, 1L), (_calls.Event.TimeToFirstChunk, _calls.Event.Usage[UsageBucket.Request]));
    }

    [Fact]
    public async Task Operation_on_a_file_has_the_fee_that_the_price_book_says()
    {
        var book = PriceBook.Embedded.With("openai", Files.OperationUpload, new Dictionary<UsageBucket, decimal> { [UsageBucket.Request] = 0.5m });
        using var client = _calls.Track((IHostedFileClient)new ScriptedMedia(), o => o.Prices = book);

        await client.UploadAsync(Stream.Null, cancellationToken: Token);
        await client.DeleteAsync("file-1", null, Token);

        Assert.Equal([0.0005m, 0m], _calls.Events.Select(call => call.Cost.Amount)); // 0.50 per thousand
    }

    [Fact]
    public async Task Our_keys_attribute_every_kind_of_call_and_never_reach_the_provider()
    {
        var inner = new ScriptedMedia();
        using var embeddings = _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)inner);
        using var images = _calls.Track((IImageGenerator)inner);
        using var texts = _calls.Track((ISpeechToTextClient)inner);
        using var speech = _calls.Track((ITextToSpeechClient)inner);
        using var files = _calls.Track((IHostedFileClient)inner);
        Func<Task>[] calls =
        [
            () => embeddings.GenerateAsync(["a"], new() { AdditionalProperties = Ada }, Token),
            () => images.GenerateAsync(new ImageGenerationRequest("A cat"), new() { AdditionalProperties = Ada }, Token),
            () => texts.GetTextAsync(Stream.Null, new() { AdditionalProperties = Ada }, Token),
            () => speech.GetAudioAsync("Hello", new() { AdditionalProperties = Ada }, Token),
            () => files.DeleteAsync("file-1", new() { AdditionalProperties = Ada }, Token),
        ];
        foreach (var call in calls)
        {
            await call();
            Assert.Equal(["theirs"], inner.SeenProperties!.Keys);
        }

        Assert.Equal(calls.Length, _calls.Events.Count(call => call.Attribution.User == "ada"));
    }

    [Fact]
    public async Task Nested_trackers_of_a_kind_record_once()
    {
        var inner = new ScriptedMedia { Model = "tts-1" };
        using var speech = _calls.Track(_calls.Track((ITextToSpeechClient)inner));
        using var files = _calls.Track(_calls.Track((IHostedFileClient)inner));

        var answer = await speech.GetAudioAsync("Hello", new() { AdditionalProperties = Ada }, Token);
        await files.DeleteAsync("file-1", null, Token);

        Assert.Equal([("generate_content", "ada"), ("files.delete", null)], _calls.Events.Select(call => (call.Operation, call.Attribution.User)));
        Assert.Equal(0.000075m, answer.GetUsageCost()?.Total);
        speech.Dispose();
        Assert.True(inner.IsDisposed);
    }

    // As ImageGeneratingChatClient does: the chat's tool makes an image.
    [Fact]
    public async Task Image_that_is_made_inside_a_chat_counts_beside_it_and_is_attributed_as_it_is()
    {
        using var images = _calls.Track((IImageGenerator)new ScriptedMedia
        {
            Model = "dall-e-2",
            OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")])),
        });
        using var chat = _calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, token) =>
            {
                await images.GenerateAsync(new ImageGenerationRequest("A cat"), null, token);
                return ScriptedChatClient.Answer(); // Without usage: it is not the image's call seen once more.
            },
        });

        await chat.GetResponseAsync("Draw a cat", new ChatOptions { AdditionalProperties = Ada }, Token);

        Assert.Equal([("generate_content", "ada"), ("chat", "ada")], _calls.Events.Select(call => (call.Operation, call.Attribution.User!)));
        Assert.Equal((0.02m, CostQuality.Unmeasured), (_calls.Events[0].Cost.Amount, _calls.Events[1].Quality));
    }

    [Fact]
    public async Task Options_that_cannot_be_copied_are_sent_as_they_are_and_the_call_is_counted()
    {
        using var generator = _calls.Track((IImageGenerator)new ScriptedMedia { Model = "dall-e-2", OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")])) });

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), new Stubborn { RawRepresentationFactory = _ => null }, Token);

        Assert.Equal(0.02m, _calls.Event.Cost.Amount);
        Assert.Equal(1, _calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public async Task Answers_and_updates_that_are_null_pass_through_and_tell_of_nothing()
    {
        var odd = new ScriptedMedia { OnEmbeddings = static () => null!, OnImages = static () => Task.FromResult<ImageGenerationResponse>(null!), OnText = static () => null!, TextUpdates = [null!], AudioUpdates = [null!] };

        Assert.Null(await _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)odd).GenerateAsync(["a"], null, Token));
        Assert.Null(await _calls.Track((IImageGenerator)odd).GenerateAsync(new ImageGenerationRequest("A cat"), null, Token));
        Assert.Null(await _calls.Track((ISpeechToTextClient)odd).GetTextAsync(Stream.Null, null, Token));
        Assert.Equal([null!], await _calls.Track((ISpeechToTextClient)odd).GetStreamingTextAsync(Stream.Null, null, Token).ToListAsync(Token));
        Assert.Equal([null!], await _calls.Track((ITextToSpeechClient)odd).GetStreamingAudioAsync("Hello", null, Token).ToListAsync(Token));

        Assert.Equal([0L, 0, 0, 0, 5], _calls.Events.Select(e => e.Usage[UsageBucket.Character]));
        Assert.Empty(_calls.Measurements.Of(Metrics.TelemetryErrors));
    }

    [Fact]
    public async Task Embedding_that_is_null_loses_no_usage()
    {
        using var generator = _calls.Track((IEmbeddingGenerator<string, Embedding<float>>)new ScriptedMedia { OnEmbeddings = static () => new([null!]) { Usage = new() { InputTokenCount = 1_000 } } });

        await generator.GenerateAsync(["a"], null, Token);

        Assert.Equal(1_000, _calls.Event.Usage[UsageBucket.Input]);
    }

    [Fact]
    public async Task Images_are_counted_whatever_object_the_provider_gives()
    {
        var answer = new ImageGenerationResponse([new DataContent(new byte[] { 1 }, "image/png")]) { RawRepresentation = new Hiding() };
        using var generator = _calls.Track((IImageGenerator)new ScriptedMedia { Model = "dall-e-3", OnImages = () => Task.FromResult(answer) });

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);

        Assert.Equal(1, _calls.Event.Usage[UsageBucket.Image]);
    }

    [Fact]
    public void Doors_refuse_null_and_read_services()
    {
        Assert.Throws<ArgumentNullException>(() => ((IEmbeddingGenerator<string, Embedding<float>>)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((IImageGenerator)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((ISpeechToTextClient)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((ITextToSpeechClient)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => ((IHostedFileClient)new ScriptedMedia()).UseUsageTracking((IServiceProvider)null!));
    }

    [Fact]
    public async Task Doors_publish_to_the_hub_of_the_services_or_of_the_options()
    {
        var services = new OneHub(_calls.Hub);
        ScriptedMedia inner = new();
        using var embeddings = ((IEmbeddingGenerator<string, Embedding<float>>)inner).UseUsageTracking(services);
        using var images = ((IImageGenerator)inner).UseUsageTracking(o => o.Hub = _calls.Hub);
        using var texts = ((ISpeechToTextClient)inner).UseUsageTracking(services);
        using var speech = ((ITextToSpeechClient)inner).UseUsageTracking(o => o.Hub = _calls.Hub);
        using var files = ((IHostedFileClient)inner).UseUsageTracking(services);

        await embeddings.GenerateAsync(["a"], null, Token);
        await images.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);
        await texts.GetTextAsync(Stream.Null, null, Token);
        await speech.GetAudioAsync("Hello", null, Token);
        await files.DeleteAsync("file-1", null, Token);

        Assert.Equal(5, _calls.Events.Length);
    }

    public void Dispose() => _calls.Dispose();

    private sealed class Stubborn : ImageGenerationOptions
    {
        public override ImageGenerationOptions Clone() => throw new NotSupportedException();
    }

    private class Hidden
    {
        public int Size { get; init; } = 1;
    }

    // Has two properties of the name.
    private sealed class Hiding : Hidden
    {
        public new string Size { get; init; } = "1024x1024";
    }

    private sealed class OneHub(UsageHub hub) : IServiceProvider
    {
        public object? GetService(Type serviceType) => serviceType == typeof(UsageHub) ? hub : null;
    }
}
