using System.Diagnostics;
using System.Text.Json;

namespace LlmTelemetry.Service.Tests;

/// <summary><c>llmtelemetry price --jsonl</c>, line by line. Prices are made up: 10 for input, 2 for cached input, 40 for output, per million tokens.</summary>
public sealed class PriceLinesTests : IDisposable
{
    private const string Prices = """
        {"schema": 1, "date": "2026-11-20", "currency": "USD", "source": "made up", "providers": [{"id": "acme", "name": "Acme", "infer": ["m*"], "sources": ["https://acme.example"], "models": [
          {"id": "m1", "match": ["m1"], "prices": [{"input": 10, "cache_read": 2, "cache_write_1h": 20, "input_audio": 30, "cache_audio_read": 3, "output": 40, "web_search": 10, "file_search": 2, "request": 0,
            "tool_call": {"x_search": 5}, "image": {"1x1": 40}, "audio_second": 3.6, "document_page": 1, "annotated_document_page": 3, "character": 0.015, "code_execution": 30, "rerank_unit": 2,
            "service_tiers": {"batch": 0.5}, "regions": {"us": 1.1}}, {"from": "2027-01-01", "input": 100}]},
          {"id": "m2", "match": ["m2"], "prices": [{"input": 10, "cache_read": 2}]}]}]}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-price-");
    private readonly Cli _cli = new();
    private readonly string _prices;

    public PriceLinesTests()
    {
        _prices = Path.Combine(_folder.FullName, "prices.json");
        File.WriteAllText(_prices, Prices);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Answer_has_all_fields_in_order()
    {
        var (exitCode, output, error) = await PriceAsync("""{"id":"a","model":"m1","usage":{"input_tokens":1000,"cache_read_tokens":400,"output_tokens":10},"more":[1]}""");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.Matches("""^\{"id":"a","cost_usd":"0\.0072","input_cost":"0\.0068","output_cost":"0\.0004","matched_provider":"acme","matched_model":"m1","price_version":"[0-9.a-f+-]+","error":null\}\n$""", output);
    }

    // In micro-USD.
    [Theory]
    [InlineData("""{"input_tokens": 100, "cache_read_tokens": 40}""", 600 + 80)]
    [InlineData("""{"input": 100, "cache_read": 40, "output": 1, "reasoning": 2}""", 1_000 + 80 + 40 + 80)] // Buckets are disjoint.
    [InlineData("""{"input_tokens": 100, "cache_write_tokens": 30, "cache_write_1h_tokens": 10}""", 700 + 200 + 200)]
    [InlineData("""{"input_tokens": 100, "cache_write_5m_tokens": 20, "cache_write_1h_tokens": 10}""", 700 + 200 + 200)]
    [InlineData("""{"input_tokens": 100, "input_text_tokens": 100, "output_tokens": 1, "output_text_tokens": 1, "unheard_of": 0}""", 1_040)]
    [InlineData("""{"input_tokens": 100, "input_audio_tokens": 50, "cache_read_tokens": 20, "cache_audio_read_tokens": 10}""", 400 + 20 + 1_200 + 30)]
    [InlineData("""{"output_tokens": 10, "output_reasoning_tokens": 10, "input_tokens": null}""", 400)]
    [InlineData("""{"input_tokens": 1e2, "output_tokens": 10.0, "total_tokens": 110}""", 1_400)]
    [InlineData("""{}""", 0)]
    [InlineData("""{"web_searches": 2}""", 20_000)]
    [InlineData("""{"web_search": 2, "storage_searches": 1}""", 22_000)]
    [InlineData("""{"file_searches": 1, "requests": 3}""", 2_000)]
    [InlineData("""{"tool_calls": {"x_search": 2, "web_search": 1}}""", 20_000)]
    [InlineData("""{"images": {"1x1": 2}}""", 80_000)]
    [InlineData("""{"audio_seconds": 10, "input_audio_seconds": 4}""", 10_000)]
    [InlineData("""{"input_audio_seconds": 4}""", 4_000)]
    [InlineData("""{"input_document_pages": 10, "input_annotated_document_pages": 4}""", 6_000 + 12_000)]
    [InlineData("""{"characters": 100, "code_executions": 1, "rerank_units": 1}""", 1_500 + 30_000 + 2_000)]
    [InlineData("""{"input_tokens": 9007199254740993}""", 90_071_992_547_409_930)] // More than a double holds.
    public async Task Usage_is_priced_by_any_of_its_names(string usage, long microUsd)
    {
        var (_, output, error) = await PriceAsync($$"""{"id": 1, "model": "m1", "usage": {{usage}}}""");

        Assert.Empty(error);
        Assert.Contains($"\"cost_usd\":\"{(microUsd / 1_000_000m).ToString("0.######", System.Globalization.CultureInfo.InvariantCulture)}\"", output);
    }

    [Theory]
    [InlineData("""{"input_tokens": 10, "cache_read_tokens": 11}""")]
    [InlineData("""{"input_tokens": 10, "cache_read_tokens": 6, "cache_write_tokens": 5}""")]
    [InlineData("""{"input_tokens": 10, "cache_write_tokens": 2, "cache_write_1h_tokens": 3}""")]
    [InlineData("""{"input_tokens": 10, "cache_write_tokens": 2, "cache_write_5m_tokens": 1, "cache_write_1h_tokens": 2}""")]
    [InlineData("""{"input_tokens": 10, "input_text_tokens": 11}""")]
    [InlineData("""{"output_tokens": 10, "output_reasoning_tokens": 11}""")]
    [InlineData("""{"cache_read_tokens": 1}""")]
    [InlineData("""{"output_reasoning_tokens": 1}""")]
    [InlineData("""{"input_tokens": 10, "cache_write_1h_tokens": 1}""")]
    [InlineData("""{"input_tokens": 10, "input_audio_tokens": 2, "cache_read_tokens": 2}""")] // How much of the audio was cached has a price.
    [InlineData("""{"input_tokens": 10, "output_tokens": 1, "total_tokens": 12}""")]
    [InlineData("""{"audio_seconds": 1, "input_audio_seconds": 2}""")]
    [InlineData("""{"input_tokens": -1}""")]
    [InlineData("""{"input_tokens": 1.5}""")]
    [InlineData("""{"input_tokens": 1e30}""")]
    [InlineData("""{"input_tokens": 1e-30}""")]
    [InlineData("""{"input_tokens": 1e400}""")]
    [InlineData("""{"input_tokens": NaN}""")]
    [InlineData("""{"input_tokens": -Infinity}""")]
    [InlineData("""{"input_tokens": "10"}""")]
    [InlineData("""{"input_tokens": true}""")]
    [InlineData("""{"input_tokens": {"text": 1}}""")]
    [InlineData("""{"input_tokens": 10, "input": 10}""")]
    [InlineData("""{"input_tokens": 10, "cache_read": 5}""")]
    [InlineData("""{"web_search": 1, "web_searches": 1}""")]
    [InlineData("""{"web_searches": 1, "tool_calls": {"web_search": 1}}""")]
    [InlineData("""{"images": {"1x1": -1}}""")]
    [InlineData("""{"images": {"1x1": 9223372036854775807, "2x2": 1}}""")]
    [InlineData("""{"input_tokenz": 10}""")]
    [InlineData("""[10]""")]
    [InlineData("""null""")]
    public async Task Usage_that_contradicts_itself_or_is_not_understood_has_no_price(string usage)
    {
        var (exitCode, output, error) = await PriceAsync($$"""{"id": 1, "model": "m1", "usage": {{usage}}}""");

        Assert.Equal(0, exitCode);
        Assert.Matches("^llmtelemetry: line 1: [^\n]+\n$", error);
        Assert.Matches("""^\{"id":1,"cost_usd":null,"input_cost":null,"output_cost":null,"matched_provider":"acme","matched_model":null,"price_version":"[^"]+","error":"invalid_usage"\}\n$""", output);
    }

    // 90 of 100 tokens cached and 50 of them audio: 40 at least are both. Where audio is priced like text that says all; more audio than input is still wrong.
    [Theory]
    [InlineData("""{"input_tokens": 100, "cache_read_tokens": 90, "input_audio_tokens": 50}""", "\"0.00028\"")]
    [InlineData("""{"input_tokens": 100, "cache_read_tokens": 90, "input_image_tokens": 100, "input_video_tokens": 7}""", "\"0.00028\"")]
    [InlineData("""{"input_tokens": 100, "cache_read_tokens": 90, "input_audio_tokens": 101}""", "null")]
    [InlineData("""{"input_tokens": 100, "cache_read_tokens": 90, "input_audio_tokens": 50, "cache_audio_read_tokens": 30}""", "null")]
    public async Task Overlap_that_is_not_known_matters_only_where_it_has_a_price(string usage, string cost)
    {
        var (_, output, _) = await PriceAsync($$"""{"id": 1, "usage": {{usage}}, "model": "m2"}""");

        Assert.StartsWith($$"""{"id":1,"cost_usd":{{cost}},""", output);
    }

    [Theory]
    [InlineData("""  "service_tier": "batch" """, "0.0005")]
    [InlineData("""  "service_tier": "default", "region": "us" """, "0.0011")]
    [InlineData("""  "provider": "acme" """, "0.001")]
    [InlineData("""  "provider": null, "service_tier": null, "region": null, "timestamp": null """, "0.001")]
    [InlineData("""  "timestamp": "2027-01-01T00:00:00Z" """, "0.01")]
    [InlineData("""  "timestamp": "2027-01-01" """, "0.01")]
    [InlineData("""  "timestamp": "2027-01-01T00:00:00" """, "0.01")] // Without a zone it is UTC.
    [InlineData("""  "timestamp": "2027-01-01T00:59:59.999+01:00" """, "0.001")]
    public async Task Tier_region_provider_and_time_count(string more, string usd)
    {
        var (_, output, _) = await PriceAsync($$"""{ {{more}}, "model": "m1", "usage": {"input_tokens": 100} }""");

        Assert.StartsWith($$"""{"id":null,"cost_usd":"{{usd}}",""", output);
    }

    [Theory]
    [InlineData("""{"id": 1, "model": "nobody-knows", "usage": {"input_tokens": 1}}""", "unknown_model")]
    [InlineData("""{"id": 1, "provider": "nobody", "model": "m1", "usage": {"input_tokens": 1}}""", "unknown_model")]
    [InlineData("""{"id": 1, "model": "nobody-knows", "usage": {"input_tokens": -1}}""", "unknown_model")]
    [InlineData("""{"id": 1, "model": "m1", "service_tier": "ultra", "usage": {"input_tokens": 1}}""", "unknown_price")]
    [InlineData("""{"id": 1, "model": "m1", "usage": {"tool_calls": {"moon_search": 1}}}""", "unknown_price")]
    [InlineData("""{"id": 1, "model": "m1", "service_tier": "ultra", "usage": {"input_tokens": -1}}""", "invalid_usage")]
    public async Task What_has_no_price_says_why(string line, string reason)
    {
        var (exitCode, output, error) = await PriceAsync(line);

        Assert.Equal((0, reason == "invalid_usage"), (exitCode, error.StartsWith("llmtelemetry: line 1: ", StringComparison.Ordinal)));
        Assert.StartsWith("""{"id":1,"cost_usd":null,"input_cost":null,"output_cost":null,""", output);
        Assert.EndsWith($"\"error\":\"{reason}\"}}\n", output);
    }

    [Theory]
    [InlineData("""{"id": "x", "model": """, "null", "is no valid JSON")]
    [InlineData("""not json at all""", "null", "is no valid JSON")]
    [InlineData("""{"id": "x", "model": "m1", "model": "m2"}""", "null", "is no valid JSON")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {"\ud800": 1}}""", "null", "half a surrogate pair")]
    [InlineData("""[1]""", "null", "must be an object")]
    [InlineData("""{"id": "x", "usage": {}}""", "\"x\"", "has no model")]
    [InlineData("""{"id": "x", "model": " ", "usage": {}}""", "\"x\"", "has no model")]
    [InlineData("""{"id": 7, "model": 5, "usage": {}}""", "7", "must be text")]
    [InlineData("""{"id": {"a": 1}, "model": "\ud800", "usage": {}}""", "null", "must be text")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {}, "timestamp": "11/12/2026"}""", "7", "timestamp '11/12/2026' is not a time")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {}, "timestamp": "2026-11-22, Sunday"}""", "7", "timestamp '2026-11-22, Sunday' is not a time")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {}, "timestamp": "2026-11-22T10:00:00\u0000"}""", "7", "is not a time")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {}, "timestamp": "0001-01-01T00:00:00+14:00"}""", "7", "is not a time")]
    [InlineData("""{"id": 7, "model": "m1", "usage": {}, "timestamp": 1790000000}""", "7", "must be text")]
    public async Task Line_that_cannot_be_read_is_named_and_answered_and_the_rest_goes_on(string line, string id, string why)
    {
        var (exitCode, output, error) = await PriceAsync($$"""
            {"id": "before", "model": "m1", "usage": {} }
            {{line}}
            {"id": "after", "model": "m1", "usage": {} }
            """);

        var answers = output.TrimEnd().Split('\n');
        Assert.Equal((0, 3), (exitCode, answers.Length));
        Assert.StartsWith($$"""{"id":{{id}},"cost_usd":null,""", answers[1]);
        Assert.EndsWith("\"error\":\"invalid_line\"}", answers[1]);
        Assert.StartsWith("""{"id":"after","cost_usd":"0",""", answers[2]);
        Assert.StartsWith("llmtelemetry: line 2 ", error);
        Assert.Contains(why, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("\"a \\u00e9 \\\"b\\\"\"")]
    [InlineData("1.0")]
    [InlineData("12345678901234567890123")]
    [InlineData("\"é\"")]
    public async Task Id_is_given_back_as_it_stands(string id)
    {
        var (_, output, _) = await PriceAsync($$"""{"usage": {}, "model": "m1", "id": {{id}}}""");

        Assert.StartsWith($"{{\"id\":{id},\"cost_usd\":\"0\"", output);
    }

    [Fact]
    public async Task Blank_lines_carriage_returns_and_a_byte_order_mark_do_no_harm()
    {
        var (_, output, error) = await PriceAsync("\uFEFF{\"id\":1,\"model\":\"m1\",\"usage\":{}}\r\n\r\n \t\n{\"id\":2,\"model\":\"m1\",\"usage\":{}}\r\nbad\r\n");

        Assert.Equal(3, output.TrimEnd().Split('\n').Length);
        Assert.StartsWith("llmtelemetry: line 5 ", error);
    }

    [Fact]
    public async Task Line_that_is_too_long_is_left_out_and_the_next_ones_are_read()
    {
        var line = """{"id":1,"model":"m1","usage":{}}""";

        var (_, output, error) = await PriceAsync($"{line}\n{{\"model\":\"{new string('x', 3_000_000)}\"}}\n{line}\n{new string(' ', 1_000_000)}{line}\n{new string('y', 2_000_000)}");

        Assert.Equal([null, "invalid_line", null, null, "invalid_line"], output.TrimEnd().Split('\n').Select(l => l.Contains("invalid_line", StringComparison.Ordinal) ? "invalid_line" : null));
        Assert.Contains("line 2 is longer than 1048576 bytes", error);
        Assert.Contains("line 5 is longer", error);
    }

    // What a broken pipe, disk or writer makes of good lines: bytes changed, lost, put in and repeated.
    [Fact]
    public async Task Whatever_a_line_is_it_has_one_answer()
    {
        var random = new Random(20261122);
        var good = """{"id":"a","provider":"acme","model":"m1","usage":{"input_tokens":100,"tool_calls":{"x_search":1},"images":2},"timestamp":"2026-11-22T12:00:00Z"}"""u8.ToArray();
        List<byte> input = [];
        for (var i = 0; i < 5_000; i++)
        {
            List<byte> line = [.. good];
            for (var change = random.Next(4); change >= 0; change--)
            {
                var at = random.Next(line.Count);
                switch (random.Next(5))
                {
                    case 0: line[at] = (byte)random.Next(' ', 256); break;
                    case 1: line.RemoveAt(at); break;
                    case 2: line.Insert(at, "0-.eE\"{}[],:nN\\"u8[random.Next(15)]); break;
                    case 3: line.InsertRange(at, "\\ud800"u8.ToArray()); break;
                    default: line.InsertRange(at, line.GetRange(at, Math.Min(random.Next(30), line.Count - at))); break;
                }
            }

            input.AddRange([.. line, (byte)'\n']);
        }

        _cli.InputBytes = [.. input];
        var (exitCode, output, _) = await _cli.RunAsync("price", "--jsonl", "-", "--prices", _prices);

        var answers = output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal((0, 5_000), (exitCode, answers.Count));
        Assert.All(answers, answer => Assert.Equal(answer.GetProperty("error").GetString() is null, answer.GetProperty("cost_usd").GetString() is not null));
        Assert.Equal(5, answers.Select(answer => answer.GetProperty("error").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Complaints_about_many_lines_are_counted()
    {
        var (_, output, error) = await PriceAsync(string.Concat(Enumerable.Repeat("x\n", 1_000)));

        Assert.Equal(1_000, output.TrimEnd().Split('\n').Length);
        Assert.Equal(21, error.TrimEnd().Split('\n').Length);
        Assert.EndsWith("llmtelemetry: 1000 lines are invalid in all\n", error);
    }

    [Fact]
    public async Task Missing_file_is_named()
    {
        var (exitCode, output, error) = await _cli.RunAsync("price", "--jsonl", Path.Combine(_folder.FullName, "no.jsonl"));

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains("no.jsonl", error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    // The input never ends: the command has to notice that nobody reads its answers.
    [Fact]
    public async Task Command_ends_quietly_when_nobody_reads_on()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Needs a shell.");
        }

        var program = Path.ChangeExtension(typeof(CommandLine).Assembly.Location, null);
        var line = """{"id":1,"model":"gpt-4o","usage":{"input_tokens":1}}""";
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"yes '{line}' 2>/dev/null | '{program}' price --jsonl - | head -n 1"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.StartsWith("""{"id":1,"cost_usd":"0.0000025",""", output);
        Assert.Equal((0, ""), (shell.ExitCode, await error));
    }

    private Task<(int ExitCode, string Output, string Error)> PriceAsync(string lines)
    {
        _cli.Input = lines;
        return _cli.RunAsync("price", "--jsonl", "-", "--prices", _prices);
    }
}
