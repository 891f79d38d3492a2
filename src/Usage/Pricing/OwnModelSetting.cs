using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>The prices of one model in the configuration: <c>Models:NAME:BUCKET</c>, or <c>Models:0:Model</c> and <c>Models:0:Provider</c> beside the buckets.</summary>
internal sealed record OwnModelSetting(string Key, string? Provider, string Model, IReadOnlyDictionary<UsageBucket, decimal> Prices)
{
    private const string ModelField = "Model";
    private const string ProviderField = "Provider";

    /// <param name="name">What stands between <c>Models:</c> and the bucket: the model's name, or a number.</param>
    /// <param name="fields">The buckets and their prices; names of the model and the provider.</param>
    /// <exception cref="InvalidDataException">A field is not right.</exception>
    public static OwnModelSetting Read(string name, Dictionary<string, string> fields)
    {
        var key = $"{PriceSettings.ModelsKey}:{name}";
        var model = Name(key, ModelField, fields) ?? name;
        if (model == name && name.All(char.IsAsciiDigit))
        {
            throw new InvalidDataException($"{key}: {ModelField} is missing; {key}:{ModelField} must be the model's name.");
        }

        var prices = new Dictionary<UsageBucket, decimal>();
        foreach (var (field, value) in fields.Where(f => !IsName(f.Key)))
        {
            if (!UsageBucketExtensions.TryParse(field.ToLowerInvariant(), out var bucket))
            {
                throw PriceSettings.Wrong($"{key}:{field}", value, $"at a bucket, which '{field}' is not: {string.Join(", ", Enum.GetValues<UsageBucket>().Select(b => b.Name()))}");
            }

            prices[bucket] = Price($"{key}:{field}", value, bucket);
        }

        return prices.Count != 0
            ? new OwnModelSetting(key, Name(key, ProviderField, fields), model, prices)
            : throw new InvalidDataException($"{key}: there is no price; {key}:input must be USD for a million tokens, 0 if it is free.");
    }

    /// <exception cref="InvalidDataException">The prices make no entry.</exception>
    public OwnEntry Over(PriceList below, DateOnly date)
    {
        try
        {
            return OwnPrices.Model(below, date, Provider, Model, Prices);
        }
        catch (InvalidDataException cause)
        {
            throw new InvalidDataException($"{Key}: {cause.Message}", cause);
        }
    }

    private static bool IsName(string field) =>
        field.Equals(ModelField, StringComparison.OrdinalIgnoreCase) || field.Equals(ProviderField, StringComparison.OrdinalIgnoreCase);

    private static string? Name(string key, string field, Dictionary<string, string> fields) =>
        !fields.TryGetValue(field, out var value) ? null
        : value.Length != 0 ? value
        : throw PriceSettings.Wrong($"{key}:{field}", value, $"the {field.ToLowerInvariant()}'s name");

    private static decimal Price(string key, string value, UsageBucket bucket)
    {
        var (units, highest) = PriceUnits.Of(bucket);
        var isPrice = decimal.TryParse(value, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var usd);
        return isPrice && usd >= 0 && usd <= highest && !PriceUnits.IsLost(value, usd)
            ? usd
            : throw PriceSettings.Wrong(key, value, string.Create(CultureInfo.InvariantCulture, $"USD for {units:N0} {PriceUnits.Noun(bucket)}, from 0 to {highest:N0}"));
    }
}
