namespace LlmTelemetry.Usage;

/// <summary>How a provider's and a model's name were understood. What was not found is null.</summary>
/// <param name="Provider">The provider that was named or implied.</param>
/// <param name="ProviderRule">How it was found.</param>
internal sealed record NameMatch(PricedProvider Provider, string ProviderRule)
{
    /// <summary>Whose entry it is: the provider or one of its fallbacks.</summary>
    public PricedProvider Seller { get; init; } = Provider;

    public PricedModel? Model { get; init; }

    /// <summary>The form of the name that the entry matches.</summary>
    public NameForm Form { get; init; }

    /// <summary>The pattern that matched and what was done to the name before.</summary>
    public string? ModelRule
    {
        get
        {
            if (Model?.RuleFor(Form) is not { } pattern)
            {
                return null;
            }

            var done = Form.Done is null ? "" : $"; {Form.Done}";
            return Seller == Provider ? $"{pattern}{done}" : $"{pattern}{done}; priced as {Seller.Id}'s (fallback)";
        }
    }
}
