using static LlmTelemetry.Usage.Tests.WorkedPrice;

namespace LlmTelemetry.Usage.Tests;

/// <summary>What is not text: images, audio, video, pages, searches and tools, worked out by hand from the providers' price pages.</summary>
public sealed class WorkedPiecePriceTests
{
    // 10 USD for 1,000 searches: 3 cost 0.03. File searches 2.50: 4 cost 0.01. A container of OpenAI's code interpreter 0.03, one of 4 GB 0.12.
    // Grok's tools 5 USD for 1,000, attachments 10: 2 cost 0.02; looking at an image costs its tokens. Reranking 2 USD for 1,000 searches, with
    // Rerank 4 Pro 2.50: 4 cost 0.01. A text message to Grok Voice 0.004. OCR 4 USD for 1,000 pages, 5 annotated.
    [Theory]
    [InlineData("anthropic", "claude-opus-5", UsageBucket.WebSearch, 3, null, 0.03)]
    [InlineData("openai", "gpt-5.4", UsageBucket.WebSearch, 3, null, 0.03)]
    [InlineData("google", "gemini-3.5-flash", UsageBucket.WebSearch, 5, null, 0.07)] // 14 USD for 1,000
    [InlineData("xai", "grok-4.6", UsageBucket.WebSearch, 3, null, 0.015)]
    [InlineData("openai", "gpt-5.4", UsageBucket.FileSearch, 4, null, 0.01)]
    [InlineData("openai", "gpt-5.4", UsageBucket.CodeExecution, 2, null, 0.06)]
    [InlineData("openai", "gpt-5.4", UsageBucket.CodeExecution, 2, "4g", 0.24)]
    [InlineData("xai", "grok-4.6", UsageBucket.CodeExecution, 2, null, 0.01)]
    [InlineData("xai", "grok-4.6", UsageBucket.ToolCall, 2, "x_search", 0.01)]
    [InlineData("xai", "grok-4.6", UsageBucket.ToolCall, 2, "attachment_search", 0.02)]
    [InlineData("xai", "grok-4.6", UsageBucket.ToolCall, 2, "view_image", 0)]
    [InlineData("cohere", "rerank-v3.5", UsageBucket.RerankUnit, 5, null, 0.01)]
    [InlineData("cohere", "rerank-v4.0-pro", UsageBucket.RerankUnit, 4, null, 0.01)]
    [InlineData("aws.bedrock", "cohere.rerank-v3-5:0", UsageBucket.RerankUnit, 5, null, 0.01)]
    [InlineData("xai", "grok-voice-think-fast-2.0", UsageBucket.TextMessage, 3, null, 0.012)]
    [InlineData("mistral_ai", "mistral-ocr-4-0", UsageBucket.DocumentPage, 100, null, 0.4)]
    [InlineData("mistral_ai", "mistral-ocr-4-0", UsageBucket.AnnotatedDocumentPage, 20, null, 0.1)]
    public void Pieces_are_priced_by_the_thousand(string provider, string model, UsageBucket bucket, long count, string? kind, double usd) =>
        Assert.Equal((decimal)usd, Pieces(provider, model, bucket, count, null, kind)?.Amount);

    // DALL-E 3: 0.04, wide 0.08; in high definition 0.08, wide 0.12. Imagen 4: 0.04.
    [Theory]
    [InlineData("openai", "dall-e-3", "1024x1024/standard", 2, 0.08)]
    [InlineData("openai", "dall-e-3", "1792x1024/standard", 1, 0.08)]
    [InlineData("openai", "dall-e-3", "1024x1024/HD", 2, 0.16)]
    [InlineData("openai", "dall-e-3", "1024x1792/hd", 1, 0.12)]
    [InlineData("openai", "dall-e-2", "512x512", 10, 0.18)]
    [InlineData("openai", "dall-e-2", "512x512/standard", 10, 0.18)] // it has no other quality
    [InlineData("openai", "dall-e-2", "default", 1, 0.02)]
    [InlineData("openai", "dall-e-3", "1024x1792", 1, 0.08)] // standard, as nothing else was asked for
    [InlineData("openai", "dall-e-3", "default", 1, 0.04)]
    [InlineData("openai", "dall-e-3", "default/hd", 1, 0.08)]
    [InlineData("gcp.gemini", "imagen-4.0-generate-001", "1024x1024", 3, 0.12)]
    public void Image_is_priced_by_size_and_quality(string provider, string model, string kind, long count, double usd) =>
        Assert.Equal((decimal)usd, Pieces(provider, model, UsageBucket.Image, count, null, kind)?.Amount);

    [Theory]
    [InlineData("4096x4096/hd")]
    [InlineData("1024x1024/ultra")]
    [InlineData(null)]
    public void Image_of_a_size_without_a_price_has_none(string? kind) => Assert.Null(Pieces("openai", "dall-e-3", UsageBucket.Image, 1, null, kind));

    [Theory]
    [InlineData("whisper-1")]
    [InlineData("tts-1")]
    [InlineData("dall-e-3")]
    public void Tokens_of_a_model_that_is_priced_by_none_have_no_price(string model)
    {
        Assert.Null(Pieces("openai", model, UsageBucket.Input, 1_000));
        Assert.Null(Pieces("openai", model, UsageBucket.OutputAudio, 1_000));
    }

    [Fact]
    public void Tokens_of_a_model_with_a_fee_for_each_request_alone_are_in_the_fee()
    {
        var book = PriceBook.Embedded.With("acme", "by-request", new Dictionary<UsageBucket, decimal> { [UsageBucket.Request] = 5 });

        Assert.Equal(0.005m, book.Quote("acme", "by-request", new CallUsage { [UsageBucket.Input] = 1_000 }, default)?.Amount);
    }

    // tts-1: 15 USD for a million characters. Grok Voice: 4.80 USD an hour. gpt-realtime-whisper: 0.017 a minute. Sora 2: 0.10 a second, Pro 0.30 to 0.70.
    [Theory]
    [InlineData("openai", "tts-1", UsageBucket.Character, 10_000, null, 0.15)]
    [InlineData("openai", "tts-1-hd", UsageBucket.Character, 10_000, null, 0.3)]
    [InlineData("xai", "grok-voice-think-fast-2.0", UsageBucket.AudioSecond, 90, null, 0.12)]
    [InlineData("openai", "gpt-realtime-whisper", UsageBucket.InputAudioSecond, 120, null, 0.034)]
    [InlineData("openai", "sora-2", UsageBucket.VideoSecond, 8, null, 0.8)]
    [InlineData("openai", "sora-2-pro", UsageBucket.VideoSecond, 8, "1280x720", 2.4)]
    [InlineData("openai", "sora-2-pro", UsageBucket.VideoSecond, 8, "1920x1080", 5.6)]
    [InlineData("gcp.gemini", "veo-3.1-generate-preview", UsageBucket.VideoSecond, 8, "4k", 4.8)] // 0.60 a second
    [InlineData("xai", "grok-imagine-video", UsageBucket.VideoSecond, 6, null, 0.3)] // 0.05 a second
    public void Speech_and_video_are_priced_by_their_length(string provider, string model, UsageBucket bucket, long count, string? kind, double usd) =>
        Assert.Equal((decimal)usd, Pieces(provider, model, bucket, count, null, kind)?.Amount);

    [Fact]
    public void Data_is_priced_by_the_million_bytes_and_is_no_tokens()
    {
        var book = PriceBook.Embedded.With(null, "maps", new Dictionary<UsageBucket, decimal> { [UsageBucket.DataByte] = 0.09m });
        var usage = new CallUsage { [UsageBucket.DataByte] = 2_500_001 };
        var at = new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

        Assert.Equal(0.22500009m, book.Quote("maps", "maps", in usage, at)?.Amount);
        Assert.Equal((0, 0), (usage.InputTokens, usage.OutputTokens));
        Assert.Null(book.Quote("openai", "gpt-4o-mini", in usage, at)); // Priced by tokens: nothing is known of data.
        Assert.Throws<InvalidDataException>(() => PriceBook.Embedded.With(null, "maps", new Dictionary<UsageBucket, decimal> { [UsageBucket.DataByte] = 90_000 }));
    }

    // A batch halves tokens, not pieces, unless the provider has a price for them: Sora 2 0.05 a second, Mistral OCR 2 USD for 1,000 pages.
    [Theory]
    [InlineData("openai", "sora-2", UsageBucket.VideoSecond, 8, null, 0.4)]
    [InlineData("openai", "sora-2-pro", UsageBucket.VideoSecond, 8, "1280x720", 1.2)]
    [InlineData("mistral_ai", "mistral-ocr-4-0", UsageBucket.DocumentPage, 100, null, 0.2)]
    [InlineData("anthropic", "claude-opus-5", UsageBucket.WebSearch, 3, null, 0.03)]
    public void Batch_price_of_pieces_is_what_the_provider_says(string provider, string model, UsageBucket bucket, long count, string? kind, double usd) =>
        Assert.Equal((decimal)usd, Pieces(provider, model, bucket, count, "batch", kind)?.Amount);

    // gpt-image-1: text 5, images 10, cached images 2.50, output 40. 400 x 5 + 400 x 10 + 200 x 2.50 + 1,000 x 40 = 46,500; in a batch half.
    [Theory]
    [InlineData(null, 0.0465)]
    [InlineData("batch", 0.02325)]
    public void Image_tokens_and_cached_ones_have_prices_of_their_own(string? tier, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "gpt-image-1", Now,
            new() { Input = 1_000, CacheRead = 200, InputImage = 600, CacheImageRead = 200, Output = 1_000 }, tier).Amount);

    // Gemini 2.5 Flash Image: an image of 1024 x 1024 is 1,290 tokens at 30: 0.0387; in a batch at 15.
    [Theory]
    [InlineData(null, 0.0387)]
    [InlineData("batch", 0.01935)]
    public void Gemini_charges_for_images_by_their_tokens(string? tier, double usd) =>
        Assert.Equal((decimal)usd, Price("gcp.gemini", "gemini-2.5-flash-image", Now, new() { Output = 1_290, OutputImage = 1_290 }, tier).Amount);

    // Gemini 2.5 Flash: 0.30, video too; cached 0.03, audio 1, cached 0.10. 500 x 0.30 + 300 x 0.03 + 100 x 1 + 100 x 0.10 = 269.
    // In a batch 0.15 and 0.50, what is cached stays: 500 x 0.15 + 300 x 0.03 + 100 x 0.50 + 100 x 0.10 = 144.
    [Theory]
    [InlineData(null, 0.000269)]
    [InlineData("batch", 0.000144)]
    public void Cached_video_and_cached_audio_are_told_apart(string? tier, double usd) =>
        Assert.Equal((decimal)usd, Price("gcp.gemini", "gemini-2.5-flash", Now,
            new() { Input = 1_000, CacheRead = 400, InputVideo = 800, CacheVideoRead = 300, InputAudio = 200, CacheAudioRead = 100 }, tier).Amount);

    // Gemini Embedding 2: text 0.20, images 0.45, audio 6.50, video 12. 100 x 0.20 + 200 x 0.45 + 300 x 6.50 + 400 x 12 = 6,860.
    // Gemini Omni Flash: video out 17.50. 1,000 x 17.50 = 17,500.
    [Fact]
    public void Video_tokens_have_prices_of_their_own()
    {
        Assert.Equal(0.00686m, Price("gcp.gemini", "gemini-embedding-2", Now, new() { Input = 1_000, InputImage = 200, InputAudio = 300, InputVideo = 400 }).Amount);
        Assert.Equal(0.0175m, Price("gcp.gemini", "gemini-omni-flash-preview", Now, new() { Output = 1_000, OutputVideo = 1_000 }).Amount);
    }

    // text-embedding-3-small: 0.02, in a batch 0.01. A million tokens.
    [Theory]
    [InlineData(null, 0.02)]
    [InlineData("batch", 0.01)]
    public void Embeddings_cost_their_input(string? tier, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "text-embedding-3-small", Now, new() { Input = 1_000_000 }, tier).Amount);
}
