using LlmTelemetry.TestKit;

namespace LlmTelemetry.Usage.Tests;

/// <summary>The golden bodies, and what was read of them as a text.</summary>
internal static class BodyFile
{
    public static UsageBody Read(string file, string? provider) => UsageBody.Read(provider, Repository.Read("tests/Usage.Tests/Bodies/" + file));

    public static string Text(UsageBody body)
    {
        var counts = new List<string>();
        foreach (var bucket in body.Usage)
        {
            counts.Add(FormattableString.Invariant($"{bucket.Name()} {body.Usage[bucket]}"));
        }

        return string.Join(", ", counts);
    }
}
