#pragma warning disable MEAI001, OPENAI001 // Interfaces and properties that are still experimental.
using System.ClientModel;
using System.ClientModel.Primitives;
using System.Drawing;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Audio;
using OpenAI.Embeddings;
using OpenAI.Images;
using static LlmTelemetry.Usage.UsageBucket;
using EmbeddingGenerationOptions = Microsoft.Extensions.AI.EmbeddingGenerationOptions;
using ImageGenerationOptions = Microsoft.Extensions.AI.ImageGenerationOptions;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The official OpenAI SDK over real HTTP, for all that is not chat. Prices in USD, by the million tokens unless said.</summary>
public sealed class OpenAIMediaTests : IDisposable
{
    private readonly ScriptedEndpoint _endpoint = new();
    private readonly TrackedCalls _calls = new();
    private readonly ApiKeyCredential _key = new("key");
    private readonly OpenAIClientOptions _options;

    public OpenAIMediaTests() => _options = new OpenAIClientOptions { Endpoint = new Uri(_endpoint.Address, "v1"), RetryPolicy = new ClientRetryPolicy(0) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    // text-embedding-3-small: 0.02. 1,500 tokens: 0.00003.
    [Fact]
    public async Task Embeddings_are_priced_by_their_input()
    {
        _endpoint.Json("""
            {"object":"list","model":"text-embedding-3-small","usage":{"prompt_tokens":1500,"total_tokens":1500},
             "data":[{"object":"embedding","index":0,"embedding":[0.25,0.5]},{"object":"embedding","index":1,"embedding":[0.5,0.25]}]}
            """);
        using var generator = _calls.Track(new OpenAIEmbeddingAdapter(new EmbeddingClient("text-embedding-3-small", _key, _options)));

        var answer = await generator.GenerateAsync(["a", "b"], new EmbeddingGenerationOptions { Dimensions = 2 }, Token);

        var call = _calls.Event;
        Assert.Equal(("embeddings", "openai", "text-embedding-3-small", "text-embedding-3-small"), (call.Operation, call.Provider, call.RequestModel, call.ResponseModel));
        Assert.Equal((1_500L, false, CostQuality.Reported, 0.00003m, false), (call.Usage[Input], call.Usage.IsReported(Output), call.Quality, call.Cost.Amount, call.UsageInconsistent));
        Assert.Equal(0.00003m, answer.GetUsageCost()?.Total);
        Assert.Equal(2, answer.Count);
    }

    // gpt-image-1: text in 5, images in 10, images out 40. 50 x 5 + 300 x 10 + 4,160 x 40 = 169,650 per million.
    // gpt-image-1.5: 5, 8, and out 32 for images, 10 for text: 50 x 5 + 300 x 8 + 4,160 x 32 = 135,770.
    [Theory]
    [InlineData("gpt-image-1", "", 4_160, 0, 0.16965)]
    [InlineData("gpt-image-1.5", "", 4_160, 0, 0.13577)]
    [InlineData("gpt-image-1.5", ""","output_tokens_details":{"image_tokens":4000,"text_tokens":160}""", 4_000, 160, 0.13225)] // 250 + 2,400 + 128,000 + 1,600
    public async Task Image_is_priced_by_its_tokens_where_they_are_reported(string model, string details, long images, long text, double usd)
    {
        _endpoint.Json($$"""
            {"created":1790000000,"data":[{"b64_json":"AAAA"}],"size":"1024x1024","quality":"high",
             "usage":{"input_tokens":350,"output_tokens":4160,"total_tokens":4510,"input_tokens_details":{"text_tokens":50,"image_tokens":300}{{details}} } }
            """);
        using var generator = _calls.Track(new OpenAIImageAdapter(new ImageClient(model, _key, _options)));

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), null, Token);

        var call = _calls.Event;
        Assert.Equal((50L, 300L, images, text), (call.Usage[Input], call.Usage[InputImage], call.Usage[OutputImage], call.Usage[Output]));
        Assert.Equal((false, false, CostQuality.Reported, (decimal)usd), (call.Usage.IsReported(UsageBucket.Image), call.UsageInconsistent, call.Quality, call.Cost.Amount));
    }

    // DALL-E 3, by the image: 0.04, wide 0.08; in high definition 0.08, wide 0.12. DALL-E 2: 0.016, 0.018, 0.02.
    [Theory]
    [InlineData("dall-e-3", null, null, "default", 0.04)]
    [InlineData("dall-e-3", "1024x1024", null, "1024x1024", 0.04)]
    [InlineData("dall-e-3", "1792x1024", "standard", "1792x1024/standard", 0.08)]
    [InlineData("dall-e-3", "1024x1024", "hd", "1024x1024/hd", 0.08)]
    [InlineData("dall-e-3", "1024x1792", "hd", "1024x1792/hd", 0.12)]
    [InlineData("dall-e-3", null, "hd", "default/hd", 0.08)]
    [InlineData("dall-e-3", null, "auto", "default", 0.04)]
    [InlineData("dall-e-3", "512x512", null, "512x512", null)]
    [InlineData("dall-e-2", "256x256", null, "256x256", 0.016)]
    [InlineData("dall-e-2", "512x512", "standard", "512x512/standard", 0.018)]
    [InlineData("dall-e-2", null, null, "default", 0.02)]
    public async Task Image_without_tokens_is_priced_by_size_and_quality(string model, string? size, string? quality, string kind, double? usd)
    {
        _endpoint.Json("""{"created":1790000000,"data":[{"url":"https://example.org/1.png"}]}""");
        using var generator = _calls.Track(new OpenAIImageAdapter(new ImageClient(model, _key, _options)));
        var sides = size?.Split('x').Select(int.Parse).ToArray();
        var options = new ImageGenerationOptions
        {
            ImageSize = sides is null ? null : new Size(sides[0], sides[1]),
            RawRepresentationFactory = quality is null ? null : _ => new OpenAI.Images.ImageGenerationOptions { Quality = new GeneratedImageQuality(quality) },
        };
        var factory = options.RawRepresentationFactory;

        await generator.GenerateAsync(new ImageGenerationRequest("A cat"), options, Token);

        var call = _calls.Event;
        Assert.Equal([new UsageKind(UsageBucket.Image, kind, 1)], call.Usage.Kinds.ToArray());
        Assert.Equal((usd is null ? CostQuality.Unpriced : CostQuality.Reported, (decimal?)usd), (call.Quality, call.HasCost ? call.Cost.Amount : null));
        Assert.Same(factory, options.RawRepresentationFactory);
        Assert.Equal(quality is not null, Assert.Single(_endpoint.Requests).Contains($"\"quality\":\"{quality}\"", StringComparison.Ordinal));
    }

    // gpt-4o-transcribe: text in 2.50, audio in 6, out 10. 10 x 2.50 + 1,000 x 6 + 200 x 10 = 8,025 per million.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Transcription_is_priced_by_its_tokens_where_they_are_reported(bool isStreaming)
    {
        const string Usage = """{"type":"tokens","input_tokens":1010,"input_token_details":{"text_tokens":10,"audio_tokens":1000},"output_tokens":200,"total_tokens":1210}""";
        using var client = _calls.Track(new OpenAISpeechToTextAdapter(new AudioClient("gpt-4o-transcribe", _key, _options)));
        using var audio = new MemoryStream([1, 2, 3]);
        if (isStreaming)
        {
            _endpoint.Sse("""{"type":"transcript.text.delta","delta":"Hel"}""", $$"""{"type":"transcript.text.done","text":"Hello","usage":{{Usage}}}""", "[DONE]");
            var updates = await client.GetStreamingTextAsync(audio, null, Token).ToListAsync(Token);
            Assert.Equal(0.008025m, updates[^1].GetUsageCost()?.Total);
        }
        else
        {
            _endpoint.Json($$"""{"text":"Hello","usage":{{Usage}}}""");
            Assert.Equal(0.008025m, (await client.GetTextAsync(audio, null, Token)).GetUsageCost()?.Total);
        }

        var call = _calls.Event;
        Assert.Equal(("generate_content", "gpt-4o-transcribe", CostQuality.Reported), (call.Operation, call.RequestModel, call.Quality));
        Assert.Equal((10L, 1_000L, 200L, false), (call.Usage[Input], call.Usage[InputAudio], call.Usage[Output], call.Usage.IsReported(InputAudioSecond)));
    }

    // whisper-1: 0.36 an hour, 0.0001 a second, to the nearest one.
    [Theory]
    [InlineData("""{"text":"Hello","usage":{"type":"duration","seconds":61}}""", 61, 0.0061)]
    [InlineData("""{"task":"transcribe","language":"english","duration":60.6,"text":"Hello","segments":[{"id":0,"seek":0,"start":0,"end":58.2,"text":"Hello","tokens":[],"temperature":0,"avg_logprob":0,"compression_ratio":1,"no_speech_prob":0}]}""", 61, 0.0061)]
    public async Task Transcription_without_tokens_is_priced_by_the_second(string body, long seconds, double usd)
    {
        _endpoint.Json(body);
        using var client = _calls.Track(new OpenAISpeechToTextAdapter(new AudioClient("whisper-1", _key, _options)));
        using var audio = new MemoryStream([1, 2, 3]);

        await client.GetTextAsync(audio, null, Token);

        Assert.Equal((seconds, CostQuality.Reported, (decimal)usd), (_calls.Event.Usage[InputAudioSecond], _calls.Event.Quality, _calls.Event.Cost.Amount));
    }

    [Fact]
    public async Task Transcription_that_tells_neither_tokens_nor_time_is_unmeasured()
    {
        _endpoint.Json("""{"text":"Hello"}""");
        using var client = _calls.Track(new OpenAISpeechToTextAdapter(new AudioClient("whisper-1", _key, _options)));
        using var audio = new MemoryStream([1, 2, 3]);

        await client.GetTextAsync(audio, null, Token);

        Assert.Equal((CostQuality.Unmeasured, false, false), (_calls.Event.Quality, _calls.Event.HasUsage, _calls.Event.HasCost));
    }

    // tts-1: 15 for a million characters. 11 of them, the emoji being one: 0.000165.
    [Fact]
    public async Task Speech_without_tokens_is_priced_by_the_character()
    {
        _endpoint.Json("audio");
        using var client = _calls.Track(new OpenAITextToSpeechAdapter(new AudioClient("tts-1", _key, _options)));

        var answer = await client.GetAudioAsync("Hello 🌍 you", null, Token);

        Assert.Equal((11L, CostQuality.Reported, 0.000165m), (_calls.Event.Usage[Character], _calls.Event.Quality, _calls.Event.Cost.Amount));
        Assert.Equal(0.000165m, answer.GetUsageCost()?.Total);
    }

    // gpt-4o-mini-tts: in 0.60, out 12. 20 x 0.60 + 100 x 12 = 1,212 per million.
    [Fact]
    public async Task Speech_is_priced_by_its_tokens_where_they_are_reported()
    {
        _endpoint.Sse("""{"type":"speech.audio.delta","audio":"AAAA"}""", """{"type":"speech.audio.done","usage":{"input_tokens":20,"output_tokens":100,"total_tokens":120}}""");
        using var client = _calls.Track(new OpenAITextToSpeechAdapter(new AudioClient("gpt-4o-mini-tts", _key, _options)));

        var updates = await client.GetStreamingAudioAsync("Hello", null, Token).ToListAsync(Token);

        var call = _calls.Event;
        Assert.Equal((20L, 100L, false), (call.Usage[Input], call.Usage[OutputAudio], call.Usage.IsReported(Character)));
        Assert.Equal((CostQuality.Reported, 0.001212m, (decimal?)0.001212m), (call.Quality, call.Cost.Amount, updates[^1].GetUsageCost()?.Total));
    }

    [Fact]
    public async Task Speech_of_a_model_that_is_priced_by_tokens_and_reports_none_is_unpriced()
    {
        _endpoint.Json("audio");
        using var client = _calls.Track(new OpenAITextToSpeechAdapter(new AudioClient("gpt-4o-mini-tts", _key, _options)));

        await client.GetAudioAsync("Hello", null, Token);

        Assert.Equal((5L, CostQuality.Unpriced, false), (_calls.Event.Usage[Character], _calls.Event.Quality, _calls.Event.HasCost));
    }

    [Fact]
    public async Task Failure_carries_the_http_status_and_costs_nothing_known()
    {
        _endpoint.Json("""{"error":{"message":"No.","type":"requests","code":"rate_limit_exceeded"}}""", 429);
        using var client = _calls.Track(new OpenAITextToSpeechAdapter(new AudioClient("tts-1", _key, _options)));

        await Assert.ThrowsAsync<ClientResultException>(() => client.GetAudioAsync("Hello", null, Token));

        Assert.Equal((CallOutcome.Failed, "429", false, CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.ErrorType, _calls.Event.HasUsage, _calls.Event.Quality));
    }

    public void Dispose()
    {
        _calls.Dispose();
        _endpoint.Dispose();
    }
}
