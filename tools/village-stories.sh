#!/usr/bin/env bash
# Writes a small corpus: stories of a village, put together at random from a few
# hundred words. usage: tools/village-stories.sh [STORIES [SEED]] >village.txt
set -u
awk -v stories="${1:-3000}" -v seed="${2:-1}" '
# A Lehmer generator: a seed gives the same text each time.
function random(n) { seed = (seed * 48271) % 2147483647; return int(seed / 2147483647 * n) }
function any(list,  words, n) { n = split(list, words, "|"); return words[random(n) + 1] }

function person() { return any("Anna|Ben|Carla|Dino|Emma|Felix|Greta|Hugo|Ida|Jonas") }
function trade() { return any("baker|miller|fisher|smith|gardener|tailor|shepherd|teacher") }
function animal() { return any("goat|cat|dog|goose|owl|donkey|hen|rabbit|fox|frog") }
function thing() { return any("lantern|bucket|bell|kite|basket|ladder|drum|key|coat|wheel") }
function place() { return any("the well|the old bridge|the mill|the market|the river|the hill|the church|the forest") }
function colour() { return any("red|blue|green|yellow|white|brown|grey") }
function weather() { return any("The sun was warm.|It rained all day.|Snow lay on the roofs.|The wind was strong.|There was fog in the valley.|The stars were bright.") }
function feeling() { return any("glad|sad|tired|proud|angry|curious|afraid") }

function lost(who, what) {
    print who " had lost the " what ". " any("Nobody had seen it.|It was not in the house.|" who " looked under the bed and behind the door.")
    print "\"Have you seen my " what "?\" " who " asked the " animal() " at " place() "."
    print any("\"Look in the grass,\" it said.|\"Ask the " trade() ",\" it said.|It did not answer, but it ran ahead.")
    print "The " what " lay by " place() ". " who " was " any("glad|happy|very glad") " and took it home."
}
function market(who, what,  price) {
    price = random(8) + 2
    print who " went to the market to buy a " colour() " " what ". It cost " price " coins."
    print any(who " had only " (price - 1) " coins.|" who " had just " price " coins.|" who " had left the coins at home.")
    print "The " trade() " " any("laughed and said: \"Take it, and bring me bread tomorrow.\"|said: \"Help me for an hour, and it is yours.\"|shook his head, but then he smiled.")
    print "So " who " went home with the " what ", and was " any("sad|tired|angry") " no more."
}
function visit(who, beast) {
    print "One morning a " colour() " " beast " stood at the door of the " trade() "."
    print "\"" any("I am hungry|I am cold|I have lost my way|I have come from far away") ",\" said the " beast "."
    print who " " any("gave it bread and milk.|made a fire and sat with it.|showed it the way to " place() ".")
    print "From that day on the " beast " came back every " any("spring|evening|Sunday|winter") ", and " who " was never alone."
}
function storm(who, what) {
    print "In the night a storm came over " place() ". The " what " flew away, and " who " was " feeling() "."
    print "In the morning the " trade() " and the " animal() " went to look for it."
    print any("They found it in a tree.|They found it in the river.|They found it on a roof.") " It was " any("broken|wet|whole|full of leaves") "."
    print any("Together they made it new.|\"It is only a " what ",\" said " who " and laughed.|" who " thanked them with warm soup.")
}
BEGIN {
    for (i = 0; i < stories; i++) {
        who = person()
        print any("In a village by a river lived " who ", the " trade() ".|Once there was a " trade() " who was called " who ".|" who " was the " trade() " of the village.") " " weather()
        plot = random(4)
        if (plot == 0) lost(who, thing())
        else if (plot == 1) market(who, thing())
        else if (plot == 2) visit(who, animal())
        else storm(who, thing())
        print any("The end.|And that is all.|And if they have not moved away, they live there still.")
        print "<|endoftext|>"
    }
}'
