using System.Text.Json;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Bodies that contradict themselves or are broken: never negative, never made up, flagged, and a clear error only where there is no JSON.</summary>
public sealed class HostileBodyTests
{
    [Theory]
    [InlineData("""{"prompt_tokens":"1234","completion_tokens":"5"}""", "input 1234, output 5")] // Protocol buffers write Int64 so.
    [InlineData("""{"prompt_tokens":1234.0,"completion_tokens":1e2}""", "input 1234, output 100")]
    [InlineData("""{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}""", "input 0, output 0")]
    [InlineData("""{"prompt_tokens":null,"completion_tokens":7,"prompt_tokens_details":null}""", "output 7")]
    [InlineData("""{"prompt_tokens":9223372036854775807,"completion_tokens":1}""", "input 9223372036854775807, output 1")]
    [InlineData("""{"prompt_tokens":1,"prompt_tokens":8,"completion_tokens":1}""", "input 8, output 1")] // The last one, as every reader has it.
    [InlineData("""{"usage":{"prompt_tokens":1,"completion_tokens":1},"usage":{"prompt_tokens":3,"completion_tokens":2}}""", "input 3, output 2")]
    public void Count_in_an_odd_but_clear_form_is_read(string json, string expected)
    {
        var body = UsageBody.Read("openai", json);

        Assert.Equal((expected, UsageIssue.None), (BodyFile.Text(body), body.Issue));
    }

    [Theory]
    [InlineData("""{"prompt_tokens":12.5,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":"12.5","completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":"many","completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":"","completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":true,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":{"text":3},"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":[3],"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":9223372036854775808,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":1e30,"completion_tokens":5}""")]
    [InlineData("""{"prompt_tokens":1e400,"completion_tokens":5}""")]
    public void What_is_no_count_is_left_out_and_flagged(string json)
    {
        var body = UsageBody.Read("openai", json);

        Assert.Equal(("output 5", UsageIssue.NotACount), (BodyFile.Text(body), body.Issue));
    }

    [Theory]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":7}""", "input 10, output 5")]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":[{"cached_tokens":3}]}""", "input 10, output 5")]
    [InlineData("""{"usage":5}""", "")]
    [InlineData("""{"usage":"none"}""", "")]
    [InlineData("""{"usage":[1,2]}""", "")]
    [InlineData("""{"usage":{"inputTokens":10,"outputTokens":1,"cacheDetails":["1h"],"cacheReadInputTokens":"x"}}""", "input 10, output 1")]
    [InlineData("""{"usageMetadata":{"promptTokenCount":4,"promptTokensDetails":[{"modality":"AUDIO","tokenCount":"x"},{"modality":7},3]}}""", "input 4")]
    [InlineData("""{"type":"message","usage":{"input_tokens":4,"output_tokens":1,"cache_creation":8,"iterations":"none"}}""", "input 4, output 1")]
    public void Something_else_in_the_place_of_an_object_is_passed_over(string json, string expected) => Assert.Equal(expected, BodyFile.Text(UsageBody.Read(null, json)));

    [Theory]
    [InlineData("""{"prompt_tokens":-1,"completion_tokens":5}""", "output 5", UsageIssue.Negative)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":-3}}""", "input 10, output 5", UsageIssue.Negative)]
    [InlineData("""{"input_tokens":-4,"cache_read_input_tokens":9,"output_tokens":1}""", "cache_read 9, output 1", UsageIssue.Negative)]
    [InlineData("""{"input_tokens":4,"cache_read_input_tokens":-9,"output_tokens":1}""", "input 4, output 1", UsageIssue.Negative)]
    [InlineData("""{"inputTokens":4,"cacheWriteInputTokens":-9,"outputTokens":1}""", "input 4, output 1", UsageIssue.Negative)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":30}}""", "input 0, cache_read 30, output 5", UsageIssue.PartExceedsWhole)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":6}}""", "input 10, output 0, reasoning 6", UsageIssue.PartExceedsWhole)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"total_tokens":16}""", "input 10, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5}""", "input 6, cache_read 4, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":5,"prompt_cache_hit_tokens":4,"prompt_tokens_details":{"cached_tokens":3}}""", "input 7, cache_read 3, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"prompt_tokens_details":{"cached_tokens":3},"completion_tokens":5}""", "cache_read 3, output 5", UsageIssue.MissingWhole)]
    [InlineData("""{"promptTokenCount":10,"candidatesTokenCount":5,"totalTokenCount":99}""", "input 10, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"inputTokens":10,"outputTokens":5,"totalTokens":14}""", "input 10, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"inputTokens":10,"outputTokens":5,"cacheWriteInputTokens":50,"cacheDetails":[{"ttl":"1h","inputTokens":70}]}""", "input 10, cache_write_5m 0, cache_write_1h 70, output 5", UsageIssue.TotalMismatch)]
    [InlineData("""{"input_tokens":1,"output_tokens":1,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20}}""", "input 1, cache_write_5m 30, cache_write_1h 20, output 1", UsageIssue.TotalMismatch)]
    [InlineData("""{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,"output_tokens":1}""", "input 0, cache_read 9223372036854775807, output 1", UsageIssue.NotACount)]
    public void Contradiction_is_flagged_and_the_parts_are_believed(string json, string expected, UsageIssue issue)
    {
        var body = UsageBody.Read(null, json);

        Assert.Equal((expected, issue), (BodyFile.Text(body), body.Issue));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"Hello\"")]
    [InlineData("""{"error":{"message":"No.","type":"invalid_request_error"}}""")]
    [InlineData("""{"id":"x","usage":null}""")]
    [InlineData("""{"id":"x","usage":{}}""")]
    [InlineData("""{"usageMetadata":{}}""")]
    [InlineData("""{"choices":[{"message":{"content":"{\"usage\":{\"prompt_tokens\":5}}"}}]}""")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("data: {\"choices\":[]")]
    [InlineData("event: ping\ndata: ok\n\n")]
    public void Body_without_usage_is_no_error(string text)
    {
        var body = UsageBody.Read("openai", text);

        Assert.Equal((false, UsageIssue.None), (body.HasUsage, body.Issue));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  \n")]
    [InlineData("<html><body>502 Bad Gateway</body></html>")]
    [InlineData("""{"usage":{"prompt_tokens":5""")]
    [InlineData("""{"usage":{"prompt_tokens":5}}}""")]
    [InlineData("{'usage':1}")]
    [InlineData("""{"usage":{"prompt_tokens":NaN}}""")]
    [InlineData("[")]
    [InlineData("data: {\"usage\":\n\ndata: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\n")]
    public void Text_that_is_no_json_is_a_clear_error(string text) =>
        Assert.StartsWith("The body is no valid JSON: ", Assert.Throws<FormatException>(() => UsageBody.Read("openai", text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Nesting_beyond_any_answer_is_an_error_and_no_crash()
    {
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 100)) + "1" + new string('}', 100);
        Assert.Equal("input 3, output 2", BodyFile.Text(UsageBody.Read("openai", $$$"""{"choices":{{{deep}}},"usage":{"prompt_tokens":3,"completion_tokens":2}}""")));
        Assert.Throws<FormatException>(() => UsageBody.Read("openai", new string('[', 100_000)));
        Assert.Throws<FormatException>(() => UsageBody.Read("openai", string.Concat(Enumerable.Repeat("{\"usage\":", 100_000))));
    }

    [Fact]
    public void Broken_unicode_is_an_error_of_its_own()
    {
        using var document = JsonDocument.Parse("""{"model":"\ud800","usage":{"prompt_tokens":3,"completion_tokens":2}}""");
        var root = document.RootElement;
        Assert.Throws<FormatException>(() => UsageBody.Read("openai", root));
    }

    [Theory]
    [InlineData("data: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n\ndata: {\"usage\":{\"prompt_tok")] // Cut in the event after it.
    [InlineData("{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\n{\"usage\":{\"prom")]
    [InlineData("[{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}},\n{\"us")]
    [InlineData("data: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}")] // No empty line at the end.
    [InlineData("data: {\"choices\":[]}\ndata: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\ndata: [DONE]\n")] // None between the events either.
    [InlineData("data: {\"usage\":\ndata: {\"prompt_tokens\":5,\ndata: \"completion_tokens\":1}}\n\n")] // One event over three lines.
    [InlineData("\uFEFF{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\r\n")]
    [InlineData("id: 1\r\nretry: 3000\r\nevent: x\r\ndata:{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":1}}\r\n\r\n")]
    public void Stream_that_was_cut_or_written_down_loosely_counts_what_it_reports(string text) =>
        Assert.Equal("input 5, output 1", BodyFile.Text(UsageBody.Read("openai", text)));

    [Fact]
    public void Same_answer_announced_twice_is_counted_once_and_another_one_is_added()
    {
        const string Start = """{"type":"message_start","message":{"id":"ID","usage":{"input_tokens":10,"output_tokens":1}}}""";
        const string Delta = """{"type":"message_delta","usage":{"output_tokens":5}}""";
        var one = Start.Replace("ID", "msg_1", StringComparison.Ordinal);
        var other = Start.Replace("ID", "msg_2", StringComparison.Ordinal);

        Assert.Equal("input 10, output 5", BodyFile.Text(UsageBody.Read("anthropic", $"[{one},{one},{Delta}]")));
        Assert.Equal("input 20, output 10", BodyFile.Text(UsageBody.Read("anthropic", $"[{one},{Delta},{other},{Delta}]")));
    }

    [Fact]
    public void Any_cut_of_a_stream_reads_without_a_negative_count_or_an_unexpected_error()
    {
        foreach (var file in (string[])["anthropic-stream.sse", "gemini-stream.json", "openai-realtime.jsonl", "xai-stream.sse"])
        {
            var text = TestKit.Repository.Read("tests/Usage.Tests/Bodies/" + file);
            for (var length = 1; length < text.Length; length += 7)
            {
                try
                {
                    Assert.DoesNotContain('-', BodyFile.Text(UsageBody.Read(null, text[..length])));
                }
                catch (FormatException)
                {
                    // Before the first value is whole there is no body.
                    Assert.True(length < 400, $"{file} cut at {length}");
                }
            }
        }
    }
}
