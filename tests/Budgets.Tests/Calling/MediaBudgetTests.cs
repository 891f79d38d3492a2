#pragma warning disable MEAI001 // Interfaces that are still experimental.
using LlmTelemetry.Instrumentation.Tests;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class MediaBudgetTests
{
    private readonly RecordingGate _gate = new();

    [Fact]
    public async Task Embedding_holds_its_texts_and_is_charged_what_it_used()
    {
        var media = new ScriptedMedia
        {
            Model = "text-embedding-3-small",
            OnEmbeddings = () => new([new Embedding<float>(new float[] { 1 })]) { Usage = new UsageDetails { InputTokenCount = 6, TotalTokenCount = 6 } },
        };
        using var generator = EmbeddingGeneratorBudgetExtensions.Wrap<string, Embedding<float>>(media, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(["one two three", "four"], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(new CallAmounts(4, 0, 4 * 20_000), Assert.Single(_gate.Asks).Estimate);
        Assert.Equal(new CallAmounts(6, 0, 6 * 20_000), _gate.OnlySettled);
    }

    [Fact]
    public async Task Embedding_without_usage_is_charged_its_estimate()
    {
        using var generator = EmbeddingGeneratorBudgetExtensions.Wrap<string, Embedding<float>>(
            new ScriptedMedia { Model = "text-embedding-3-small" }, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(["one two three", "four"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new CallAmounts(4, 0, 4 * 20_000, IsEstimated: true), _gate.OnlySettled);
    }

    [Fact]
    public async Task Estimates_beyond_belief_are_held_as_the_most_there_is()
    {
        _gate.Options.TokenEstimator = new BoundlessEstimator();
        var media = new ScriptedMedia();
        using var generator = EmbeddingGeneratorBudgetExtensions.Wrap<string, Embedding<float>>(media, _gate, null, static inner => inner.UseUsageTracking());
        using var speaker = MediaBudgetExtensions.Wrap((ITextToSpeechClient)media, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(["one", "two"], cancellationToken: TestContext.Current.CancellationToken);
        await speaker.GetAudioAsync("one", cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(_gate.Asks, ask => Assert.True(ask.Estimate.InputTokens >= long.MaxValue / 2));
        Assert.True(_gate.Asks[1].Estimate.OutputTokens > long.MaxValue / 2);
    }

    [Fact]
    public async Task Refused_embedding_is_not_sent_whatever_is_done_with_chats()
    {
        _gate.Options.OnOverBudget = OverBudgetAction.SwitchModel;
        _gate.Options.CheaperModel = "text-embedding-3-small";
        _gate.OnAsk = (_, _) => Task.FromResult<BudgetExceededException?>(RecordingGate.Refusal());
        var media = new ScriptedMedia();
        using var generator = EmbeddingGeneratorBudgetExtensions.Wrap<string, Embedding<float>>(media, _gate, null, static inner => inner.UseUsageTracking());
        await Assert.ThrowsAsync<BudgetExceededException>(() => generator.GenerateAsync(
            ["Hello"], new EmbeddingGenerationOptions { AdditionalProperties = new() { ["x"] = 1 } }, TestContext.Current.CancellationToken));
        Assert.Null(media.SeenProperties);
        Assert.Single(_gate.Asks);
    }

    [Fact]
    public async Task Speech_that_is_heard_holds_a_second_and_is_charged_what_it_was()
    {
        var media = new ScriptedMedia { Model = "whisper-1", OnText = () => new SpeechToTextResponse("Hello") { EndTime = TimeSpan.FromSeconds(90) } };
        using var client = MediaBudgetExtensions.Wrap((ISpeechToTextClient)media, _gate, null, static inner => inner.UseUsageTracking());
        using var audio = new MemoryStream();
        await client.GetTextAsync(audio, cancellationToken: TestContext.Current.CancellationToken);

        var estimate = Assert.Single(_gate.Asks).Estimate;
        Assert.Equal((1, 100_000_000), (estimate.AudioSeconds, (long)estimate.CostPico!));
        Assert.Equal(new CallAmounts(0, 0, 90L * 100_000_000, AudioSeconds: 90), _gate.OnlySettled);
    }

    [Fact]
    public async Task Speech_that_is_heard_in_updates_settles_at_their_end()
    {
        var media = new ScriptedMedia { Model = "whisper-1", TextUpdates = [new SpeechToTextResponseUpdate("Hel"), new SpeechToTextResponseUpdate("lo") { EndTime = TimeSpan.FromSeconds(3) }] };
        using var client = MediaBudgetExtensions.Wrap((ISpeechToTextClient)media, _gate, null, static inner => inner.UseUsageTracking());
        using var audio = new MemoryStream();
        await foreach (var _ in client.GetStreamingTextAsync(audio, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Empty(_gate.Settled);
        }

        Assert.Equal(3, _gate.OnlySettled.AudioSeconds);
    }

    [Theory]
    [InlineData("tts-1", 5 * 15_000_000L)]
    [InlineData("gpt-4o-mini-tts", 600_000 + (8 * 12_000_000L))]
    public async Task Speech_that_is_spoken_holds_its_text(string model, long pico)
    {
        using var client = MediaBudgetExtensions.Wrap((ITextToSpeechClient)new ScriptedMedia { Model = model }, _gate, null, static inner => inner.UseUsageTracking());
        await client.GetAudioAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(pico, (long)Assert.Single(_gate.Asks).Estimate.CostPico!);
        Assert.Equal(1, _gate.OnlySettled.Requests);
    }

    [Theory]
    [InlineData("dall-e-3", 2 * 40_000_000_000L)]
    [InlineData("gpt-image-1", (3 * 5_000_000L) + (2 * 4_160 * 40_000_000L))]
    public async Task Images_hold_their_number(string model, long pico)
    {
        using var generator = MediaBudgetExtensions.Wrap((IImageGenerator)new ScriptedMedia { Model = model }, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(
            new ImageGenerationRequest("a red bicycle"), new ImageGenerationOptions { Count = 2, ImageSize = new(1024, 1024) }, TestContext.Current.CancellationToken);
        Assert.Equal(pico, (long)Assert.Single(_gate.Asks).Estimate.CostPico!);
        Assert.Equal(1, _gate.OnlySettled.Requests);
    }

    [Fact]
    public async Task Images_whose_tokens_nobody_reports_are_charged_what_was_held()
    {
        var media = new ScriptedMedia { Model = "gpt-image-1", OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[3], "image/png")])) };
        using var generator = MediaBudgetExtensions.Wrap((IImageGenerator)media, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(new ImageGenerationRequest("a red bicycle"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(Assert.Single(_gate.Asks).Estimate with { IsEstimated = true }, _gate.OnlySettled);
        Assert.Equal((3 * 5_000_000L) + (4_160 * 40_000_000L), (long)_gate.OnlySettled.CostPico!);
    }

    [Fact]
    public async Task Images_whose_tokens_are_reported_are_charged_those()
    {
        var media = new ScriptedMedia
        {
            Model = "gpt-image-1",
            OnImages = () => Task.FromResult(new ImageGenerationResponse([new DataContent(new byte[3], "image/png")]) { Usage = BudgetedChat.Used(10, 1_056) }),
        };
        using var generator = MediaBudgetExtensions.Wrap((IImageGenerator)media, _gate, null, static inner => inner.UseUsageTracking());
        await generator.GenerateAsync(new ImageGenerationRequest("a red bicycle"), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new CallAmounts(10, 1_056, (10 * 5_000_000L) + (1_056 * 40_000_000L)), _gate.OnlySettled);
    }

    [Fact]
    public async Task Speech_that_is_spoken_without_a_report_of_its_tokens_is_charged_what_was_held()
    {
        using var client = MediaBudgetExtensions.Wrap((ITextToSpeechClient)new ScriptedMedia { Model = "gpt-4o-mini-tts" }, _gate, null, static inner => inner.UseUsageTracking());
        await client.GetAudioAsync("Hello", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal((1, 8, 600_000 + (8 * 12_000_000L), true), (_gate.OnlySettled.InputTokens, _gate.OnlySettled.OutputTokens, (long)_gate.OnlySettled.CostPico!, _gate.OnlySettled.IsEstimated));
    }

    [Fact]
    public async Task Speech_that_is_heard_without_a_report_of_its_tokens_is_charged_by_its_length()
    {
        var media = new ScriptedMedia { Model = "gpt-4o-transcribe", OnText = () => new SpeechToTextResponse("Hello") { EndTime = TimeSpan.FromSeconds(90) } };
        using var client = MediaBudgetExtensions.Wrap((ISpeechToTextClient)media, _gate, null, static inner => inner.UseUsageTracking());
        using var audio = new MemoryStream();
        await client.GetTextAsync(audio, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new CallAmounts(90 * 32, 0, 90 * 32 * 6_000_000L, AudioSeconds: 90, IsEstimated: true), _gate.OnlySettled);
    }

    [Fact]
    public void Client_that_is_disposed_disposes_what_is_inside()
    {
        var media = new ScriptedMedia();
        MediaBudgetExtensions.Wrap((IImageGenerator)media, _gate, null, static inner => inner.UseUsageTracking()).Dispose();
        Assert.True(media.IsDisposed);
    }

    private sealed class BoundlessEstimator : ITokenEstimator
    {
        public long EstimateInputTokens(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model) => long.MaxValue;

        public long EstimateTokens(string text, string? model) => long.MaxValue;
    }
}
