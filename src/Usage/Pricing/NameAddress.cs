using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// Takes off a model's name what only says where the model is reached: the provider before a slash, ARNs, Vertex resource paths, Bedrock's regions. One
/// step at a time, and only what does not change the price or names a region, which is kept.
/// </summary>
internal static partial class NameAddress
{
    /// <summary>The name without its outermost wrapping; null: there is none that is known.</summary>
    public static NameForm? Unwrap(NameForm form, PricedProvider provider)
    {
        var name = form.Name;
        if (provider.Id == "aws" && Arn().Match(name) is { Success: true } arn)
        {
            // A profile's ARN names the region that was asked, not where the model ran.
            var at = arn.Groups["kind"].Value == "foundation-model" && arn.Groups["region"].Length != 0 ? arn.Groups["region"].Value : null;
            return form.Then(arn.Groups["rest"].Value, "ARN taken off", at);
        }

        var isArn = name.StartsWith("arn:", StringComparison.Ordinal); // arn:aws:bedrock: is no name of Bedrock
        if (!isArn && name.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash && slash < name.Length - 1 && provider.IsCalled(name[..slash]))
        {
            return form.Then(name[(slash + 1)..], $"prefix {name[..(slash + 1)]} taken off");
        }

        return provider.Id switch
        {
            "aws" => Bedrock(form),
            "google" => Vertex(form),
            "azure" => Off(form, AzureGlobal().Match(name), "global"),
            _ => null,
        };
    }

    private static NameForm? Bedrock(NameForm form) =>
        Off(form, Route().Match(form.Name), null)
        ?? (AwsRegion().Match(form.Name) is { Success: true } region ? Off(form, region, region.Groups[1].Value) : null)
        ?? Off(form, Geography().Match(form.Name), null);

    private static NameForm? Vertex(NameForm form)
    {
        var path = Publisher().Match(form.Name);
        if (!path.Success)
        {
            return Off(form, GooglePrefix().Match(form.Name), null);
        }

        var region = path.Groups["region"].Value;
        return form.Then(path.Groups["rest"].Value, $"resource path {form.Name[..path.Groups["rest"].Index]} taken off", region.Length == 0 ? null : region);
    }

    private static NameForm? Off(NameForm form, Match match, string? region) =>
        match.Success ? form.Then(form.Name[match.Length..], $"prefix {match.Value} taken off", region) : null;

    [GeneratedRegex("^arn:aws[a-z-]*:bedrock:(?<region>[a-z0-9-]*):[0-9]*:(?<kind>foundation-model|inference-profile)/(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Arn();

    // How LiteLLM names the two APIs of Bedrock.
    [GeneratedRegex("^(?:converse|converse_like|invoke)/(?=.)", RegexOptions.CultureInvariant)]
    private static partial Regex Route();

    // The price list of GovCloud is another one.
    [GeneratedRegex("^((?:us|eu|ap|ca|sa|me|af|il|mx)-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-[0-9])/(?=.)", RegexOptions.CultureInvariant)]
    private static partial Regex AwsRegion();

    // Models without an entry for the geography cost there what they cost in a region. global. is cheaper: it is never taken off.
    [GeneratedRegex(@"^(?:us|eu|apac|jp|au|ca)\.(?=[a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Geography();

    [GeneratedRegex("^(?:projects/[^/]+/)?(?:locations/(?<region>[^/]+)/)?publishers/[^/]+/models/(?<rest>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Publisher();

    [GeneratedRegex("^(?:models|anthropic)/(?=.)", RegexOptions.CultureInvariant)]
    private static partial Regex GooglePrefix();

    // Data zones (azure/eu/...) cost more, by how much the name does not tell.
    [GeneratedRegex("^global(?:-standard)?/(?=.)", RegexOptions.CultureInvariant)]
    private static partial Regex AzureGlobal();
}
