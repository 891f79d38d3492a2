using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Entries of one's own that are given in code or configuration, as a list to be laid over another. They are read as those of a file are.</summary>
internal static class OwnPrices
{
    /// <summary>What it is where no page is named.</summary>
    private const string Source = "own prices";

    // Ids of the embedded book.
    private const string Azure = "azure";
    private const string OpenAi = "openai";

    /// <summary>A model with these prices at that provider; null: at any.</summary>
    /// <exception cref="InvalidDataException">A price is not right; the message names provider and model.</exception>
    public static OwnEntry Model(PriceList below, DateOnly date, string? provider, string model, IReadOnlyDictionary<UsageBucket, decimal> prices)
    {
        var text = Text(date, provider, model, prices);
        var entry = Read(text);
        RequireWhole(Name(provider, model), prices, Replaced(below, provider, entry));
        return new OwnEntry(Place(below, provider, entry, _ => entry), text);
    }

    /// <summary>A name, at that provider or at any, that has the prices of another one.</summary>
    /// <exception cref="InvalidDataException">No price is known for the other one; the message names both.</exception>
    /// <param name="below">What it is laid over.</param>
    /// <param name="listings">The same, with a memory: many names have one base model.</param>
    /// <param name="date">The day of the entry.</param>
    /// <param name="provider">The provider's name.</param>
    /// <param name="name">The name or a pattern.</param>
    /// <param name="baseModel">A name with a price.</param>
    public static OwnEntry BaseModel(PriceList below, ListingCache listings, DateOnly date, string? provider, string name, string baseModel)
    {
        var text = Text(date, provider, name, new Dictionary<UsageBucket, decimal>());
        var entry = Read(text);

        // Where the base is no name of the provider's own it may say whose it is: azure/gpt-4o.
        var elsewhere = listings.Find(PriceList.Router, baseModel);
        var pattern = NamePattern.Parse(PriceList.Normal(name));
        var found = false;
        var list = Place(below, provider, entry, At);
        if (provider is not null && below.Called(PriceList.Normal(provider))?.Id == Azure && listings.Find(OpenAi, name) is null)
        {
            // Who says Azure means Azure OpenAI, too, whose calls name OpenAI's models at OpenAI's prices. Names of those stay theirs.
            list = new PriceList([.. list.Providers, .. Place(below, OpenAi, entry, At).Providers]);
        }

        return found && PriceList.Normal(name) != PriceList.Normal(baseModel)
            ? new OwnEntry(list, [.. text, .. Encoding.UTF8.GetBytes(baseModel)])
            : throw new InvalidDataException($"{Name(provider, name)}: {(found ? "the base model is the name itself" : $"no price is known for the base model '{baseModel}'")}");

        PricedModel? At(string? id)
        {
            var priced = (id is null ? null : listings.Find(id, baseModel)) ?? elsewhere;
            found |= priced is not null;
            return priced?.Model.CalledAs(entry.Id, pattern, new BaseModel(PriceList.Normal(baseModel), priced.Region));
        }
    }

    // A price file with one entry: what is checked for a file is checked for all own prices.
    private static byte[] Text(DateOnly date, string? provider, string model, IReadOnlyDictionary<UsageBucket, decimal> prices)
    {
        var (owner, id) = (provider is null ? PriceList.AnyProvider : PriceList.Normal(provider), PriceList.Normal(model));
        if (owner.Length == 0 || id.Length == 0)
        {
            throw new InvalidDataException($"{Name(provider, model)}: a provider and a model must have a name");
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("date", date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
            json.WriteString("currency", Cost.Currency);
            json.WriteString("source", Source);
            json.WriteStartArray("providers");
            json.WriteStartObject();
            json.WriteString("id", owner);
            json.WriteStartArray("models");
            json.WriteStartObject();
            json.WriteString("id", id);
            json.WriteStartArray("match");
            json.WriteStringValue(id);
            json.WriteEndArray();
            json.WriteStartArray("prices");
            json.WriteStartObject();
            foreach (var (bucket, usd) in prices.OrderBy(p => p.Key))
            {
                json.WriteNumber(bucket.Name(), usd);
            }

            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static PricedModel Read(byte[] text) => PriceFile.Read(text).List.Providers[0].Models[0];

    private static string Name(string? provider, string model) => provider is null ? model : $"{provider}/{model}";

    // The entries of the same id, which the new one will stand for.
    private static IEnumerable<PricedModel> Replaced(PriceList below, string? provider, PricedModel entry)
    {
        var providers = provider is null ? below.Providers : below.Called(PriceList.Normal(provider)) is { } one ? [one] : [];
        return from p in providers let own = p.Entry(entry.Id, StringComparison.OrdinalIgnoreCase) where own is not null select own;
    }

    // What is not named costs nothing: for a class of tokens that must be said, not forgotten.
    private static void RequireWhole(string name, IReadOnlyDictionary<UsageBucket, decimal> prices, IEnumerable<PricedModel> replaced)
    {
        var hasTokens = prices.Keys.Any(b => b.IsInputTokens() || b.IsOutputTokens());
        if (!prices.ContainsKey(UsageBucket.Input) && (hasTokens || replaced.Any(m => m.Names(UsageBucket.Input))))
        {
            Refuse(UsageBucket.Input);
        }

        var hasOutputClass = prices.Keys.Any(b => b.IsOutputTokens());
        if (!prices.ContainsKey(UsageBucket.Output) && (hasOutputClass || replaced.Any(m => m.Names(UsageBucket.Output))))
        {
            Refuse(UsageBucket.Output);
        }

        void Refuse(UsageBucket bucket) => throw new InvalidDataException(
            $"{name}: {bucket.Name()} has no price, which would make it free; own prices take the place of all prices of the model: give {bucket.Name()} too, 0 if it is free");
    }

    private static PriceList Place(PriceList below, string? provider, PricedModel entry, Func<string?, PricedModel?> at)
    {
        if (provider is null)
        {
            var everywhere = from p in below.Providers let model = at(p.Id) where model is not null select new PricedProvider(p.Id, [], [], [], [model]);
            return new PriceList([.. everywhere], at(null) is { } anywhere ? [anywhere] : []);
        }

        var name = PriceList.Normal(provider);
        var id = below.Called(name)?.Id ?? name;
        NamePattern[] infer = below.Find(null, entry.Id) is null ? [NamePattern.Parse(entry.Id)] : [];
        return new PriceList(at(id) is { } placed ? [new PricedProvider(id, [], infer, [], [placed])] : []);
    }
}

/// <summary>One own price, or name with a base model.</summary>
/// <param name="List">It, as a list to be laid over the one that it was made for.</param>
/// <param name="Text">What its version is made from.</param>
internal readonly record struct OwnEntry(PriceList List, byte[] Text);
