using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Usage.Tests;

/// <summary>The golden bodies with other numbers in them: whatever they are, nothing is thrown, nothing negative, and what does not add up is flagged.</summary>
public sealed partial class AnyBodyTests
{
    private static readonly string[] Files = [.. Repository.Files("tests/Usage.Tests/Bodies", "*").Where(file => !file.EndsWith(".cs", StringComparison.Ordinal))];

    private static readonly string[] Values = ["0", "1", "7", "1000", "-1", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "1e30", "2.5", "3.0", "\"12\"", "\"x\"", "null", "true", "[]", "{}"];

    [Fact]
    public void Any_numbers_give_buckets_that_are_not_negative_and_no_error() =>
        Prop.ForAll(Gen.Elements(Files).Zip(Gen.Elements(Values).ArrayOf(60)).ToArbitrary(), pair =>
        {
            var (file, values) = pair;
            var body = UsageBody.Read(null, Numbers().Replace(Repository.Read(file), WithOthers(values)));
            return Counts(body).All(count => count >= 0) && body.ReportedCost is null or >= 0;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    // Small counts that agree with nothing: a flag, or buckets that add up to the totals of their provider.
    [Fact]
    public void Any_total_that_the_buckets_do_not_add_up_to_is_flagged() =>
        Prop.ForAll(Gen.Choose(0, 40).Select(n => (long)n).ArrayOf(6).ToArbitrary(), n =>
        {
            string[] bodies =
            [
                $$$"""{"prompt_tokens":{{{n[0]}}},"completion_tokens":{{{n[1]}}},"total_tokens":{{{n[5]}}},"prompt_tokens_details":{"cached_tokens":{{{n[2]}}}},"completion_tokens_details":{"reasoning_tokens":{{{n[3]}}}}}""",
                $$$"""{"input_tokens":{{{n[0]}}},"output_tokens":{{{n[1]}}},"total_tokens":{{{n[5]}}},"input_tokens_details":{"cached_tokens":{{{n[2]}}},"cache_write_tokens":{{{n[4]}}}},"output_tokens_details":{"reasoning_tokens":{{{n[3]}}}}}""",
                $$$"""{"promptTokenCount":{{{n[0]}}},"candidatesTokenCount":{{{n[1]}}},"cachedContentTokenCount":{{{n[2]}}},"thoughtsTokenCount":{{{n[3]}}},"toolUsePromptTokenCount":{{{n[4]}}},"totalTokenCount":{{{n[5]}}}}""",
                $$$"""{"inputTokens":{{{n[0]}}},"outputTokens":{{{n[1]}}},"cacheReadInputTokens":{{{n[2]}}},"cacheWriteInputTokens":{{{n[3]}}},"totalTokens":{{{n[5]}}}}""",
            ];
            return bodies.Select(body => UsageBody.Read(null, body)).All(body => body.Issue != UsageIssue.None || body.Usage.InputTokens + body.Usage.OutputTokens == n[5]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));

    private static MatchEvaluator WithOthers(string[] values)
    {
        var next = 0;
        return match => match.Groups[1].Value + values[next++ % values.Length];
    }

    private static List<long> Counts(UsageBody body)
    {
        var counts = new List<long>();
        foreach (var bucket in body.Usage)
        {
            counts.Add(body.Usage[bucket]);
        }

        return counts;
    }

    [GeneratedRegex("""("(?:[a-z_]*(?:tokens|count|units|calls|requests|seconds|processed|queries|ticks|cost)|[a-zA-Z]*(?:Tokens|Count))"\s*:\s*)("?-?[0-9][0-9.e+-]*"?)""")]
    private static partial Regex Numbers();
}
