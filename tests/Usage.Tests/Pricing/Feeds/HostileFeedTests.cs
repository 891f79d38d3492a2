using System.Text;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Feeds are other people's files: whatever stands in them, the map of it is a valid price file, or the feed is refused with a reason.</summary>
public sealed class HostileFeedTests
{
    private static readonly string[] Values = ["null", "true", "5", "-1", "1e30", "1e-30", "\"x\"", "\"\"", "\"A* B~\"", "[]", "{}", "[5]", "{\"x\": 1}"];

    [Theory]
    [InlineData("litellm")]
    [InlineData("models-dev")]
    [InlineData("genai-prices")]
    public void Any_value_in_the_place_of_another_gives_a_valid_price_file_or_a_reason(string feed)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", $"feed-{feed}.json"));
        var (replaced, mapped) = (0, 0);
        var count = Places(JsonNode.Parse(text)!).Count();
        for (var place = 0; place < count; place++)
        {
            var root = JsonNode.Parse(text)!;
            Places(root).ElementAt(place)(JsonNode.Parse(Values[place % Values.Length]));
            replaced++;
            mapped += IsMapped(root, parse: place % 5 == 0) ? 1 : 0;
        }

        Assert.InRange(mapped, replaced * 9 / 10, replaced);
    }

    [Theory]
    [InlineData("litellm")]
    [InlineData("models-dev")]
    [InlineData("genai-prices")]
    public void Feed_of_any_one_value_is_refused_or_mapped(string feed)
    {
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", $"feed-{feed}.json"));
        foreach (var value in Values)
        {
            var root = JsonNode.Parse(text)!;
            foreach (var place in Places(root).ToArray().Reverse())
            {
                place(JsonNode.Parse(value));
            }

            IsMapped(root, parse: true);
        }
    }

    private static bool IsMapped(JsonNode root, bool parse)
    {
        try
        {
            var map = PriceFeed.Map(Encoding.UTF8.GetBytes(root.ToJsonString()), new DateOnly(2026, 11, 22));
            _ = parse && map is not null ? PriceBook.Parse(map.PriceFile) : null;
            return map is not null;
        }
        catch (InvalidDataException cause) when (cause.Message.Contains("no model with a price", StringComparison.Ordinal))
        {
            return false;
        }
    }

    // Everything below the root, as a way to put something else in its place.
    private static IEnumerable<Action<JsonNode?>> Places(JsonNode node)
    {
        if (node is JsonObject json)
        {
            foreach (var (name, child) in json.ToArray())
            {
                yield return value => json[name] = value;
                foreach (var place in child is null ? [] : Places(child))
                {
                    yield return place;
                }
            }
        }
        else if (node is JsonArray list)
        {
            for (var i = 0; i < list.Count; i++)
            {
                var at = i;
                yield return value => list[at] = value;
                foreach (var place in list[i] is { } child ? Places(child) : [])
                {
                    yield return place;
                }
            }
        }
    }
}
