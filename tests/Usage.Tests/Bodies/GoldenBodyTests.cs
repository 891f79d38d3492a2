using LlmTelemetry.TestKit;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Bodies as the providers document them, in the files beside this one; buckets worked out by hand. A bucket with 0 was reported as 0.</summary>
public sealed class GoldenBodyTests
{
    [Theory]
    [InlineData("openai-chat.json", "openai", "input 464, cache_read 1536, input_audio 0, output 236, reasoning 64, output_audio 0")] // Predictions are inside the completion.
    [InlineData("openai-chat-audio.json", "openai", "input 50, cache_read 0, input_audio 100, input_image 0, output 20, reasoning 0, output_audio 100")]
    [InlineData("openai-chat-cache-write.json", "openai", "input 476, cache_read 1024, cache_write_5m 1500, output 10, reasoning 0")]
    [InlineData("openai-chat-stream.sse", "openai", "input 19, cache_read 0, input_audio 0, output 10, reasoning 0, output_audio 0")]
    [InlineData("openai-usage-object.json", "openai", "input 9, output 12")]
    [InlineData("azure-openai-chat.json", "azure.ai.openai", "input 176, cache_read 1024, input_audio 0, output 80, reasoning 0, output_audio 0")]
    [InlineData("openai-responses.json", "openai", "input 904, cache_read 4096, cache_write_5m 0, output 188, reasoning 512, web_search 2, file_search 1, code_execution 1")]
    [InlineData("openai-responses-stream.sse", "openai", "input 36, cache_read 0, output 23, reasoning 64")]
    [InlineData("openai-responses-stream-incomplete.sse", "openai", "input 100, cache_read 0, output 0, reasoning 256")]
    [InlineData("openai-realtime.jsonl", "openai", "input 209, cache_read 60, input_audio 59, cache_audio_read 4, input_image 0, cache_image_read 0, output 30, output_audio 191")] // Two answers.
    [InlineData("openai-images.json", "openai", "input 40, input_image 60, output 0, output_image 4160")]
    [InlineData("openai-images-by-the-piece.json", "openai", "image 2")]
    [InlineData("openai-embeddings.json", "openai", "input 8")]
    [InlineData("openai-transcription-tokens.json", "openai", "input 4, input_audio 10, output 45")]
    [InlineData("openai-transcription-stream.sse", "openai", "input 0, input_audio 14, output 45")]
    [InlineData("openai-transcription-duration.json", "openai", "input_audio_second 10")] // 9.6
    [InlineData("openai-video.json", "openai", "video_second 8")]
    [InlineData("openai-batch-line.json", "openai", "input 20, output 5")]
    [InlineData("anthropic-message.json", "anthropic", "input 100, cache_read 1000, cache_write_5m 20, cache_write_1h 30, output 33, reasoning 7, web_search 2")]
    [InlineData("anthropic-message-without-split.json", "anthropic", "input 4, cache_read 0, cache_write_5m 2051, output 12")]
    [InlineData("anthropic-fast-compaction.json", "anthropic", "input 181000, cache_read 500, cache_write_5m 0, output 3700")]
    [InlineData("anthropic-stream.sse", "anthropic", "input 100, cache_read 1000, cache_write_5m 20, cache_write_1h 30, output 33, reasoning 7, web_search 1")]
    [InlineData("anthropic-stream-grown-cache.sse", "anthropic", "input 25, cache_read 500, cache_write_5m 50, cache_write_1h 30, output 9")]
    [InlineData("anthropic-stream-cut.sse", "anthropic", "input 100, cache_read 1000, cache_write_5m 0, output 1")]
    [InlineData("anthropic-on-bedrock-stream.jsonl", "aws.bedrock", "input 30, cache_read 2000, cache_write_5m 0, output 25")]
    [InlineData("anthropic-on-vertex.json", "gcp.vertex_ai", "input 3, cache_read 12000, cache_write_5m 0, cache_write_1h 400, output 8")]
    [InlineData("anthropic-openai-compatible.json", "anthropic", "input 60, output 9")]
    [InlineData("gemini-generate.json", "gcp.gemini", "input 220, cache_read 500, input_audio 40, cache_audio_read 60, input_image 130, cache_image_read 40, input_video 30, output 40, reasoning 130, cache_video_read 0")]
    [InlineData("gemini-image-output.json", "gcp.gemini", "input 12, output 20, output_image 1290")]
    [InlineData("gemini-stream.json", "gcp.gemini", "input 50, output 12, reasoning 60, web_search 2")] // Gemini 3: by the query.
    [InlineData("gemini-stream.sse", "gcp.gemini", "input 50, output 12, web_search 1")] // Gemini 2.5: by the prompt.
    [InlineData("gemini-live.jsonl", "gcp.gemini", "input 20, input_audio 100, output 0, output_audio 200")]
    [InlineData("gemini-embeddings.json", "gcp.gemini", "input 40, input_image 260")]
    [InlineData("vertex-provisioned.json", "gcp.vertex_ai", "input 30, output 5")]
    [InlineData("bedrock-converse.json", "aws.bedrock", "input 100, cache_read 1000, cache_write_5m 20, cache_write_1h 30, output 40")]
    [InlineData("bedrock-converse-stream.jsonl", "aws.bedrock", "input 30, output 6")]
    [InlineData("bedrock-titan-stream.jsonl", "aws.bedrock", "input 12, output 3")]
    [InlineData("mistral-chat.json", "mistral_ai", "input 272, cache_read 128, output 30, input_audio_second 25")]
    [InlineData("mistral-stream.sse", "mistral_ai", "input 17, output 9")]
    [InlineData("mistral-ocr.json", "mistral_ai", "document_page 29")]
    [InlineData("cohere-chat.json", "cohere", "input 25, output 12")]
    [InlineData("cohere-stream.sse", "cohere", "input 17, output 8")]
    [InlineData("cohere-embed.json", "cohere", "input 3, input_image 1000")]
    [InlineData("cohere-rerank.json", "cohere", "rerank_unit 2")]
    [InlineData("deepseek-chat.json", "deepseek", "input 104, cache_read 896, output 50, reasoning 100")]
    [InlineData("deepseek-stream.sse", "deepseek", "input 6, cache_read 64, output 11")]
    [InlineData("xai-chat.json", "x_ai", "input 60, cache_read 640, input_audio 0, input_image 0, output 20, reasoning 300, output_audio 0")]
    [InlineData("xai-stream.sse", "x_ai", "input 26, cache_read 6, output 9, reasoning 94")]
    [InlineData("xai-grpc.json", "x_ai", "input 50, cache_read 640, input_image 10, cache_image_read 0, output 20, reasoning 300")]
    [InlineData("xai-responses.json", "x_ai", "input 400, cache_read 500, output 60, reasoning 200, web_search 3, file_search 0, tool_call 2, code_execution 1")]
    [InlineData("groq-chat.json", "groq", "input 52, cache_read 128, output 20, reasoning 40")]
    [InlineData("groq-stream.sse", "groq", "input 40, output 7")]
    [InlineData("openrouter-chat.json", "openrouter", "input 14, cache_read 0, cache_write_5m 3000, input_audio 0, input_video 200, output 30, reasoning 20, output_image 100, web_search 1")]
    [InlineData("openrouter-stream.sse", "openrouter", "input 14, cache_read 0, output 4, reasoning 0")]
    [InlineData("perplexity-deep-research.json", "perplexity", "input 33, output 7163, reasoning 73997, citation 19854, web_search 18")]
    [InlineData("ollama-chat.json", "ollama", "input 26, output 298")]
    [InlineData("ollama-stream.jsonl", "ollama", "output 282")] // The prompt was evaluated before: not known, not 0.
    [InlineData("voyage-embeddings.json", "voyageai", "input 10")]
    [InlineData("litellm-claude.json", "litellm", "input 100, cache_read 1000, cache_write_5m 50, output 40")]
    public void Body_falls_into_its_buckets_whether_its_provider_is_named_or_not(string file, string provider, string expected)
    {
        foreach (var name in (string?[])[provider, provider.ToUpperInvariant(), null, "nobody"])
        {
            var body = BodyFile.Read(file, name);

            Assert.Equal(expected, BodyFile.Text(body));
            Assert.Equal(UsageIssue.None, body.Issue);
            Assert.True(body.HasUsage);
        }
    }

    [Theory]
    [InlineData("openai-chat.json", "gpt-4o-2024-08-06", "chatcmpl-AbC1", "default", null)]
    [InlineData("openai-chat-cache-write.json", "gpt-5.6-terra", "chatcmpl-W", "flex", null)]
    [InlineData("openai-responses.json", "gpt-5.4-2026-03-05", "resp_1", "priority", null)] // Not what the user's metadata says.
    [InlineData("openai-responses-stream.sse", "gpt-5.4-2026-03-05", "resp_2", "default", null)] // The tier used, not the one asked for.
    [InlineData("openai-responses-stream-incomplete.sse", "o3-2025-04-16", "resp_3", "flex", null)]
    [InlineData("openai-batch-line.json", "gpt-4o-mini-2024-07-18", "chatcmpl-B", "batch", null)]
    [InlineData("openai-transcription-duration.json", null, null, null, null)]
    [InlineData("anthropic-message.json", "claude-sonnet-4-5-20250929", "msg_1", "standard", "us")]
    [InlineData("anthropic-message-without-split.json", "claude-3-5-haiku-20241022", "msg_2", "batch", null)]
    [InlineData("anthropic-fast-compaction.json", "claude-opus-4-6", "msg_3", "fast", "global")]
    [InlineData("anthropic-stream.sse", "claude-sonnet-4-5-20250929", "msg_4", "priority", "us")] // Said at the start only.
    [InlineData("gemini-image-output.json", "gemini-2.5-flash-image", "resp-g2", "flex", null)]
    [InlineData("gemini-stream.json", "gemini-3-flash-preview", "resp-g3", null, null)]
    [InlineData("vertex-provisioned.json", "gemini-2.5-flash", "resp-v1", "provisioned", null)]
    [InlineData("bedrock-converse.json", null, null, "priority", null)]
    [InlineData("bedrock-converse-stream.jsonl", null, null, "provisioned", null)]
    [InlineData("groq-chat.json", "openai/gpt-oss-120b", "chatcmpl-q1", "on_demand", null)]
    [InlineData("cohere-stream.sse", null, "c2", null, null)]
    [InlineData("ollama-chat.json", "llama3.2", null, null, null)]
    public void Body_says_who_answered_at_which_tier_and_where(string file, string? model, string? responseId, string? tier, string? region)
    {
        var body = BodyFile.Read(file, null);

        Assert.Equal((model, responseId, tier, region), (body.Model, body.ResponseId, body.ServiceTier, body.Region));
    }

    [Theory]
    [InlineData("openrouter-chat.json", "0.00215415")]
    [InlineData("openrouter-stream.sse", "0.0000045")]
    [InlineData("xai-chat.json", "0.00546")] // 54,600,000 ticks of 10^-10 USD
    [InlineData("xai-responses.json", "0.032")]
    [InlineData("perplexity-deep-research.json", "0.409")]
    [InlineData("openai-chat.json", null)]
    public void Cost_that_the_provider_reports_is_exact(string file, string? expected) =>
        Assert.Equal(expected is null ? null : decimal.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), BodyFile.Read(file, null).ReportedCost);

    [Fact]
    public void Stream_without_a_report_has_no_usage_which_is_not_zero()
    {
        var body = BodyFile.Read("openai-chat-stream-without-usage.sse", "openai");

        Assert.Equal((false, UsageIssue.None, "chatcmpl-S2"), (body.HasUsage, body.Issue, body.ResponseId));
    }

    [Fact]
    public void Images_and_tools_keep_their_kind()
    {
        Assert.Equal([new UsageKind(UsageBucket.Image, "1024x1024/hd", 2)], BodyFile.Read("openai-images-by-the-piece.json", "openai").Usage.Kinds.ToArray());
        Assert.Equal([new UsageKind(UsageBucket.CodeExecution, "4g", 1)], BodyFile.Read("openai-responses.json", "openai").Usage.Kinds.ToArray());
        Assert.Equal([new UsageKind(UsageBucket.ToolCall, "x_search", 2)], BodyFile.Read("xai-responses.json", "x_ai").Usage.Kinds.ToArray());
    }

    // gpt-4o, USD per million: input 2.50, cached 1.25, output 10: 464 x 2.50 + 1,536 x 1.25 + 300 x 10 = 1,160 + 1,920 + 3,000 = 6,080.
    [Fact]
    public void Body_can_be_priced_as_it_is()
    {
        var body = BodyFile.Read("openai-chat.json", "openai");

        var cost = PriceBook.Embedded.Quote("openai", body.Model, in body.Usage, new DateTimeOffset(2026, 9, 23, 12, 0, 0, TimeSpan.Zero), body.ServiceTier, body.Region);

        Assert.Equal(0.00608m, cost?.Amount);
    }

    // Whatever the reader makes of a stream, it makes of its events one by one, as bytes, and as one array.
    [Fact]
    public void Stream_reads_the_same_event_by_event_and_as_an_array()
    {
        var events = Repository.Read("tests/Usage.Tests/Bodies/anthropic-stream.sse").Split('\n')
            .Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line["data:".Length..]).ToArray();
        var reader = new UsageBodyReader("anthropic");
        foreach (var one in events)
        {
            using var document = System.Text.Json.JsonDocument.Parse(one);
            reader.Add(document.RootElement);
        }

        var array = UsageBody.Read("anthropic", System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"));

        var expected = BodyFile.Text(BodyFile.Read("anthropic-stream.sse", "anthropic"));
        Assert.Equal((expected, expected), (BodyFile.Text(reader.ToBody()), BodyFile.Text(array)));
    }
}
