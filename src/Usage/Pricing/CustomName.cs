using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>Names of models and capacity that are the customer's own. What they are based on does not tell what they cost.</summary>
internal static partial class CustomName
{
    /// <summary>
    /// Whether it names a fine-tune (<c>ft:gpt-4o-2024-08-06:org::id</c>), a custom or imported model, provisioned capacity or an application's inference
    /// profile on Bedrock, a tuned model at Google, or a model or an endpoint of a Vertex project.
    /// </summary>
    public static bool Is(string name) => FineTune().IsMatch(name) || (name.Contains("arn:aws", StringComparison.Ordinal) && !PublicArn().IsMatch(name)) || CustomPath().IsMatch(name);

    [GeneratedRegex("(?:^|/)ft:|[.:]ft-", RegexOptions.CultureInvariant)]
    private static partial Regex FineTune();

    [GeneratedRegex("arn:aws[a-z-]*:bedrock:[^:/]*:[^:/]*:(?:foundation-model|inference-profile)/", RegexOptions.CultureInvariant)]
    private static partial Regex PublicArn();

    [GeneratedRegex("(?:^|/)(?:tunedmodels/|endpoints/|projects/(?!.*/publishers/)|[0-9]+-month-commitment/)", RegexOptions.CultureInvariant)]
    private static partial Regex CustomPath();
}
