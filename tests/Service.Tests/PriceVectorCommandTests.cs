using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>Every case that two independent implementations priced, through <c>llmtelemetry price --jsonl</c>: the very text of each amount.</summary>
public sealed class PriceVectorCommandTests
{
    private static readonly string File = Repository.PathOf("tests/Usage.Tests/Data/price-vectors.jsonl");

    [Fact]
    public async Task Every_settled_case_is_answered_to_the_last_digit()
    {
        var (exitCode, output, error) = await new Cli().RunAsync("price", "--jsonl", File);

        Assert.Equal(0, exitCode);
        Assert.Equal(output.Split("\"error\":\"invalid_usage\"").Length - 1, error.Count(c => c == '\n'));
        var cases = System.IO.File.ReadAllLines(File).Select(Parse).ToList();
        var answers = output.TrimEnd().Split('\n').Select(Parse).ToList();
        Assert.Equal(cases.Count, answers.Count);
        var compared = cases.Zip(answers).Where(pair => IsSettled(pair.First)).ToList();
        Assert.Equal(424, compared.Count);
        var faults = compared.Select(pair => (Want: Wanted(pair.First), Have: Given(pair.Second))).Where(pair => pair.Want != pair.Have).ToList();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Names_that_the_oracle_does_not_know_are_priced_or_said_to_be_unknown()
    {
        var (_, output, _) = await new Cli().RunAsync("price", "--jsonl", File);

        var unresolved = System.IO.File.ReadAllLines(File).Zip(output.Split('\n')).Where(pair => pair.First.Contains("name_not_resolved", StringComparison.Ordinal)).ToList();
        Assert.Equal(23, unresolved.Count);
        Assert.All(unresolved, pair => Assert.Equal(Text(Parse(pair.Second), "error") == "unknown_model", Text(Parse(pair.Second), "cost_usd") is null));
    }

    private static bool IsSettled(JsonElement vector) => !vector.TryGetProperty("tags", out var tags) || tags.EnumerateArray().All(tag =>
        tag.GetString()!.Split(':')[0] is not ("library_wrong" or "library_stale" or "disputed") && tag.GetString() != "library_quirk:name_not_resolved");

    private static Answer Wanted(JsonElement vector)
    {
        var expected = vector.GetProperty("expected");
        var error = Text(expected, "error") switch
        {
            null => null,
            "model_not_found" or "provider_not_found" => "unknown_model",
            var other => other.Split(':')[0],
        };
        return new Answer(Text(vector, "id"), Text(expected, "cost_usd_exact"), Text(expected, "input_cost_exact"), Text(expected, "output_cost_exact"),
            Text(expected, "matched_provider"), Text(expected, "matched_model"), error);
    }

    private static Answer Given(JsonElement answer) =>
        new(Text(answer, "id"), Text(answer, "cost_usd"), Text(answer, "input_cost"), Text(answer, "output_cost"),
            Text(answer, "matched_provider"), Text(answer, "matched_model"), Text(answer, "error"));

    private static string? Text(JsonElement json, string field) => json.GetProperty(field).GetString();

    private static JsonElement Parse(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.Clone();
    }

    private sealed record Answer(string? Id, string? Cost, string? Input, string? Output, string? Provider, string? Model, string? Error);
}
