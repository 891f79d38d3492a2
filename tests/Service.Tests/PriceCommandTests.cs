using System.Text.Json;

namespace LlmTelemetry.Service.Tests;

/// <summary><c>llmtelemetry price</c> for one call, on prices made up to be easy to check by head.</summary>
public sealed class PriceCommandTests : IDisposable
{
    private const string Prices = """
        {"schema": 1, "date": "2026-11-20", "currency": "USD", "source": "made up", "providers": [{"id": "acme", "name": "Acme", "alias": ["acme-*"], "infer": ["m*"], "sources": ["https://acme.example/prices"], "models": [
          {"id": "m1", "match": ["m1*"], "checked": "2026-11-19", "prices": [{"input": 10, "cache_read": 2.5, "output": 40, "image": {"1x1": 40}, "tiers": [{"above": 200, "input": 20}],
            "service_tiers": {"batch": 0.5}, "regions": {"us": 1.1}}, {"from": "2027-01-01", "input": 100}]}]}]}
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-price-");
    private readonly Cli _cli = new();
    private readonly string _prices;

    public PriceCommandTests()
    {
        _prices = Path.Combine(_folder.FullName, "prices.json");
        File.WriteAllText(_prices, Prices);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    // 500 x 20 x 0.5 x 1.1 = 5,500, 500 x 2.5 x 0.55 = 687.5 and (60 + 40) x 40 x 0.55 = 2,200 per million, and 2 images at 0.04.
    [Fact]
    public async Task Explanation_shows_buckets_times_rates_and_where_they_come_from()
    {
        var (exitCode, output, error) = await PriceAsync(
            "--explain", "--input", "1000", "--cache-read", "500", "--output", "100", "--reasoning", "40", "--usage", """{"images": {"1x1": 2}}""",
            "--service-tier", "batch", "--region", "us", "--at", "2026-11-22T13:00:00+01:00");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith(
            """
            m1, 2026-11-22 12:00:00 UTC: $0.08839

            bucket                 count        USD                       USD
            input                    500  x  11.000  a million   =  0.0055000
            cache_read               500  x   1.375  a million   =  0.0006875
            output                    60  x  22.000  a million   =  0.0013200
            reasoning (as output)     40  x  22.000  a million   =  0.0008800
            image 1x1                  2  x  40.000  a thousand  =  0.0800000
            total                                                =  0.0883875

            """, output);
        foreach (var (name, value) in new[]
        {
            ("provider", "acme"), ("model", "m1"), ("price set", "always"), ("context tier", "from 201 input tokens on"), ("service tier", "batch"),
            ("region", "token prices x 1.1"), ("checked", "2026-11-19"), ("price version", "2026-"),
        })
        {
            Assert.Contains(output.Split('\n'), line => line.StartsWith(name + "  ", StringComparison.Ordinal) && line[name.Length..].Trim().StartsWith(value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Without_explain_there_is_one_line()
    {
        var (exitCode, output, error) = await PriceAsync("--input", "100", "--output", "10");

        Assert.Equal((0, ""), (exitCode, error));
        Assert.StartsWith("$0.0014  0.0014 USD  acme/m1  prices 2026-", output);
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("0.001", "--at", "2026-12-31T23:59:59")]
    [InlineData("0.01", "--at", "2027-01-01")]
    [InlineData("0.001", "--provider", "acme-cloud")]
    public async Task Time_and_provider_count(string usd, params string[] more) =>
        Assert.Contains($"  {usd} USD  ", (await PriceAsync(["--input", "100", .. more])).Output);

    [Fact]
    public async Task Json_is_for_programs()
    {
        var (_, output, _) = await PriceAsync("--json", "--input", "100", "--region", "us");
        using var json = JsonDocument.Parse(output);

        Assert.Equal("0.0011", json.RootElement.GetProperty("cost_usd").GetString());
        Assert.Equal("1.1", json.RootElement.GetProperty("region_multiplier").GetString());
        Assert.Equal("11", json.RootElement.GetProperty("lines")[0].GetProperty("rate_usd").GetString());
        Assert.Contains('+', json.RootElement.GetProperty("price_version").GetString()!);
    }

    [Fact]
    public async Task Own_prices_come_before_the_built_in_ones_which_stay()
    {
        var (exitCode, output, _) = await _cli.RunAsync("price", "--model", "gpt-4o", "--input", "1000000", "--prices", _prices);

        Assert.Equal(0, exitCode);
        Assert.StartsWith("$2.50  2.5 USD  openai/gpt-4o  ", output);
    }

    [Theory]
    [InlineData("--model", "nobody-knows", "--explain")]
    [InlineData("--model", "nobody-knows")]
    [InlineData("--model", "m1", "--service-tier", "ultra", "--input", "1")]
    [InlineData("--model", "m1", "--usage", """{"images": {"9x9": 1}}""", "--explain")]
    [InlineData("--model", "nobody-knows", "--json")]
    public async Task Without_a_price_it_says_why_and_exits_with_3(params string[] arguments)
    {
        var (exitCode, output, error) = await _cli.RunAsync(["price", "--prices", _prices, .. arguments]);

        Assert.Equal(3, exitCode);
        Assert.StartsWith("llmtelemetry: ", error);
        Assert.Single(error.TrimEnd().Split('\n'));
        Assert.DoesNotContain("$", output);
    }

    [Theory]
    [InlineData("Say what to price: --model NAME")]
    [InlineData("Say what to price: --model NAME", "--model", " ")]
    [InlineData("--model is about one call", "--jsonl", "-", "--model", "m1")]
    [InlineData("--input is about one call", "--jsonl", "-", "--input", "1")]
    [InlineData("take the name of a file", "--jsonl", "")]
    [InlineData("take the name of a file", "--jsonl", " ")]
    [InlineData("'yesterday' is not a time: write it as 2026-11-22T12:00:00Z.", "--model", "m1", "--at", "yesterday")]
    [InlineData("input_tokens is below zero", "--model", "m1", "--input", "-1")]
    [InlineData("parts are more than their total", "--model", "m1", "--input", "1", "--cache-read", "2")]
    [InlineData("input_tokens is there twice", "--model", "m1", "--input", "1", "--usage", """{"input_tokens": 1}""")]
    [InlineData("--usage is no valid JSON", "--model", "m1", "--usage", "{")]
    [InlineData("tokenz is no known count", "--model", "m1", "--usage", """{"tokenz": 1}""")]
    [InlineData("Say how much of m1 was used", "--model", "m1", "--explain")]
    [InlineData("'abc' is no count: write a whole number", "--model", "m1", "--input", "abc")]
    [InlineData("'1.5' is no count: write a whole number", "--model", "m1", "--input", "1.5")]
    [InlineData("'99999999999999999999' is no count", "--model", "m1", "--web-searches", "99999999999999999999")]
    [InlineData("'' is no count", "--model", "m1", "--output", "")]
    public async Task Wrong_argument_is_refused_with_exit_code_2_in_one_line(string message, params string[] arguments)
    {
        var (exitCode, output, error) = await _cli.RunAsync(["price", "--prices", _prices, .. arguments]);

        Assert.Equal((2, ""), (exitCode, output));
        Assert.StartsWith("llmtelemetry: ", error);
        Assert.Contains(message, error);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task Bad_price_file_is_refused_with_its_name_and_reason()
    {
        await File.WriteAllTextAsync(_prices, Prices.Replace("\"output\": 40", "\"output\": -40", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        var (exitCode, output, error) = await PriceAsync("--input", "1");

        Assert.Equal((1, ""), (exitCode, output));
        Assert.Contains(_prices, error);
        Assert.Contains("acme/m1", error);
    }

    [Fact]
    public async Task Help_has_examples()
    {
        var (exitCode, output, _) = await _cli.RunAsync("price", "--help");

        Assert.Equal(0, exitCode);
        Assert.Contains("llmtelemetry price --jsonl calls.jsonl > costs.jsonl", output);
    }

    private Task<(int ExitCode, string Output, string Error)> PriceAsync(params string[] arguments) =>
        _cli.RunAsync(["price", "--model", "m1", "--prices", _prices, .. arguments]);
}
